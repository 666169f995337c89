use std::any::type_name;

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
        let mut names = vec!["_"; N];
        if let Some(doc) = doc {
            registration = registration.with_comments(comments(doc.summary, doc.blank));
            names = doc.calls().find(|names| names.len() == N).unwrap_or(names);
        }
        let typed = names.iter().zip(T::param_names()).map(|(name, kind)| format!("{name}: {kind}"));
        // A function that can fail is told by what it gives when it does not.
        let told = typed.chain([type_name::<R>().to_owned()]);
        registration.with_params_info(told).register_into_engine(self.engine, function);
    }
}

/// Doc comments as Rhai keeps them.
pub(crate) fn comments(summary: &str, blank: &str) -> Vec<String> {
    [summary, blank].iter().filter(|text| !text.is_empty()).map(|text| format!("/// {text}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rhai::Engine;

    use crate::policy::host::decision::MEMBERS;
    use crate::policy::host::operation;
    use crate::policy::host::vocabulary::{self, SharedRegistry};
    use crate::policy::reference::{Doc, tables};

    fn engine() -> Engine {
        let mut engine = crate::policy::engine::engine();
        vocabulary::register(&mut engine, &SharedRegistry::default());
        engine
    }

    #[test]
    fn every_documented_call_is_one_that_the_engine_takes() {
        let takes: BTreeSet<(String, usize)> = engine()
            .collect_fn_metadata(
                None,
                |function| Some((function.metadata.name.to_string(), function.metadata.num_params)),
                true,
            )
            .into_iter()
            .map(|(name, count)| (name.trim_start_matches("get$").to_owned(), count))
            .collect();
        let tables = [
            tables::WORDS,
            tables::LIFECYCLE,
            tables::USER,
            tables::TEXT,
            tables::BLANK,
            tables::TIME,
            tables::VALUES,
            tables::TABLES,
        ];
        let of_operations = tables::OPERATION.iter().filter(|doc| doc.signatures[0].contains('('));
        for doc in tables.into_iter().flatten().chain(of_operations) {
            for call in doc.calls().filter(|call| !call.is_empty() || doc.signatures[0].contains("()")) {
                let call = (doc.name.to_owned(), call.len());
                assert!(takes.contains(&call), "{call:?}");
            }
        }
    }

    #[test]
    fn what_the_host_registers_carries_its_documentation() {
        let with_comments = |engine: &Engine| -> BTreeSet<String> {
            let named = engine.collect_fn_metadata(
                None,
                |function| {
                    let told = function.metadata.comments.is_empty();
                    Some((!told).then(|| function.metadata.name.to_string()))
                },
                true,
            );
            named.into_iter().flatten().collect()
        };
        let told = with_comments(&engine());
        for name in ["role", "equals", "in_group", "plus_days", "LOWER", "==", "sub_string"] {
            assert!(told.contains(name), "{name}");
        }
    }

    #[test]
    fn what_a_decision_has_is_documented() {
        let documented: Vec<_> = tables::DECISION.iter().flat_map(Doc::names).collect();
        assert_eq!(documented, MEMBERS);
        let documented: Vec<_> = tables::OPERATION.iter().flat_map(Doc::names).collect();
        assert!(documented.starts_with(&operation::MEMBERS));
    }

    #[test]
    fn what_a_person_has_beside_attributes_is_documented() {
        let documented: Vec<_> = tables::ATTRIBUTES.iter().flat_map(Doc::names).collect();
        assert!(documented.iter().all(|name| crate::facts::is_virtual(name)), "{documented:?}");
        assert_eq!(documented.len(), 10, "`is_virtual` knows ten");
    }
}
