use std::any::TypeId;

use rhai::{Engine, FuncRegistration, RhaiNativeFunc, Variant};

use super::Doc;

/// An engine that is told, with every function, what people are told of it: it reaches editors by the definitions.
pub(crate) struct Documented<'e> {
    engine: &'e mut Engine,
    docs: &'static [&'static [Doc]],
}

/// What the functions of scripts have to be with Rhai's feature `sync`.
pub(crate) trait Shareable: Send + Sync + 'static {}

impl<T: Send + Sync + 'static> Shareable for T {}

impl<'e> Documented<'e> {
    pub(crate) fn new(engine: &'e mut Engine, docs: &'static [&'static [Doc]]) -> Self {
        Self { engine, docs }
    }

    /// As [`Engine::register_fn`].
    pub(crate) fn register_fn<A: 'static, const N: usize, const X: bool, R, const F: bool>(
        &mut self,
        name: &str,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Shareable,
    ) where
        R: Variant + Clone,
    {
        self.register(name, FuncRegistration::new(name), function);
    }

    /// As [`Engine::register_get`].
    pub(crate) fn register_get<A: 'static, const X: bool, R, const F: bool>(
        &mut self,
        name: &str,
        function: impl RhaiNativeFunc<A, 1, X, R, F> + Shareable,
    ) where
        R: Variant + Clone,
    {
        self.register(name, FuncRegistration::new_getter(name), function);
    }

    fn register<A: 'static, const N: usize, const X: bool, R, const F: bool, T>(
        &mut self,
        name: &str,
        mut registration: FuncRegistration,
        function: T,
    ) where
        R: Variant + Clone,
        T: RhaiNativeFunc<A, N, X, R, F> + Shareable,
    {
        let doc = self.docs.iter().copied().flatten().find(|doc| doc.names().any(|known| known == name));
        if let Some(doc) = doc {
            registration = registration.with_comments(comments(doc.summary, doc.blank));
            if let Some(names) = doc.calls().find(|names| names.len() == N) {
                let typed = names.iter().zip(T::param_names()).map(|(name, kind)| format!("{name}: {kind}"));
                let result =
                    (TypeId::of::<R>() != TypeId::of::<()>()).then(|| T::return_type_name().to_owned());
                registration = registration.with_params_info(typed.chain(result));
            }
        }
        registration.register_into_engine(self.engine, function);
    }
}

/// Doc comments as Rhai keeps them.
pub(crate) fn comments(summary: &str, blank: &str) -> Vec<String> {
    [summary, blank].iter().filter(|text| !text.is_empty()).map(|text| format!("/// {text}")).collect()
}
