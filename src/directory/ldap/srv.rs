use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::RData;

use super::explain::Reason;
use crate::directory::error::Error;

/// A number from 0 up to the one given.
pub(super) type Chance<'a> = &'a mut (dyn FnMut(u32) -> u32 + Send);

/// A service record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) priority: u16,
    pub(super) weight: u16,
    pub(super) port: u16,
    /// Without the dot at the end.
    pub(super) host: String,
}

impl Service {
    /// LDAPS where its port is named, else LDAP, which begins with StartTLS.
    fn url(&self) -> String {
        match self.port {
            636 => format!("ldaps://{}", self.host),
            3269 => format!("ldaps://{}:3269", self.host),
            389 => format!("ldap://{}", self.host),
            port => format!("ldap://{}:{port}", self.host),
        }
    }
}

/// The name at which a domain's controllers stand (MS-ADTS 6.3.6.1).
pub(super) fn name(domain: &str) -> String {
    format!("_ldap._tcp.dc._msdcs.{domain}")
}

/// The URLs of a domain's controllers, in the order in which to try them. The DNS is not to be trusted: a server outside
/// the domain could have a certificate for its own name, and would be given the password.
///
/// # Errors
/// When the DNS does not answer, knows of no controller, or of none in the domain.
pub(super) async fn urls(
    resolver: &TokioResolver,
    domain: &str,
    timeout: Duration,
    chance: Chance<'_>,
) -> Result<Vec<String>, Error> {
    let services = look_up(resolver, domain, timeout).await?;
    let (inside, outside): (Vec<_>, Vec<_>) =
        services.into_iter().partition(|service| is_below(&service.host, domain));
    if let Some(stranger) = outside.first() {
        let why = format!("the DNS names `{}`, which is not below `{domain}`", stranger.host);
        if inside.is_empty() {
            let hint = "if it is one of yours, name it in `url`, in place of `domain`";
            return Err(Reason::new(why).hint(hint).doing(doing(domain)));
        }
        tracing::warn!("{why}; it is not asked");
    }
    Ok(ordered(inside, chance).iter().map(Service::url).collect())
}

/// The resolver that this machine's configuration describes.
///
/// # Errors
/// When there is none that can be used.
pub(super) fn resolver() -> Result<TokioResolver, Error> {
    TokioResolver::builder_tokio()
        .and_then(|builder| builder.build())
        .map_err(|e| Reason::new(e.to_string()).doing("read how this machine asks the DNS"))
}

fn doing(domain: &str) -> String {
    format!("find the domain controllers of `{domain}` by `{}`", name(domain))
}

async fn look_up(resolver: &TokioResolver, domain: &str, timeout: Duration) -> Result<Vec<Service>, Error> {
    // With a dot at its end no search list is tried.
    let answer = tokio::time::timeout(timeout, resolver.srv_lookup(format!("{}.", name(domain)))).await;
    let answer =
        answer.map_err(|_| Reason::new(format!("no answer within {timeout:?}")).doing(doing(domain)))?;
    let none = || {
        Reason::new("the DNS knows of none")
            .hint("is `domain` the domain's DNS name, and does this machine ask the domain's DNS servers?")
            .doing(doing(domain))
    };
    let answer = answer.map_err(|error| match error {
        NetError::Dns(_) if error.is_no_records_found() || error.is_nx_domain() => none(),
        other => Reason::new(other.to_string()).doing(doing(domain)),
    })?;
    let services: Vec<Service> = answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(Service {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                host: srv.target.to_ascii().trim_end_matches('.').to_ascii_lowercase(),
            }),
            _ => None,
        })
        // A target of `.` says that there is no such service.
        .filter(|service| !service.host.is_empty())
        .collect();
    if services.is_empty() { Err(none()) } else { Ok(services) }
}

fn is_below(host: &str, domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The lowest priority first; among equals by chance, the heavier the likelier (RFC 2782, "Usage rules").
fn ordered(mut services: Vec<Service>, chance: Chance<'_>) -> Vec<Service> {
    // Those without weight come first, so that they have a small chance too.
    services.sort_by(|a, b| (a.priority, a.weight, &a.host).cmp(&(b.priority, b.weight, &b.host)));
    let mut out = Vec::with_capacity(services.len());
    while let Some(priority) = services.first().map(|service| service.priority) {
        let equals = services.iter().take_while(|service| service.priority == priority);
        let weights: Vec<u32> = equals.map(|service| u32::from(service.weight)).collect();
        let wanted = chance(weights.iter().sum());
        let mut sum = 0;
        let chosen = weights.iter().position(|weight| {
            sum += weight;
            sum >= wanted
        });
        out.push(services.remove(chosen.unwrap_or_default()));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
    use hickory_resolver::net::runtime::TokioRuntimeProvider;
    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::rdata::SRV;
    use hickory_resolver::proto::rr::{Name, Record};
    use proptest::prelude::*;
    use tokio::net::UdpSocket;

    use super::*;

    fn service(priority: u16, weight: u16, port: u16, host: &str) -> Service {
        Service { priority, weight, port, host: host.to_owned() }
    }

    /// A DNS server that knows these records and nothing else, and a resolver that asks it.
    async fn resolver(domain: &str, services: Vec<Service>) -> TokioResolver {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let known: Name = format!("{}.", name(domain)).parse().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let asked = Message::from_vec(&buffer[..length]).unwrap();
                let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
                answer.add_queries(asked.queries.iter().cloned());
                if asked.queries.iter().any(|query| *query.name() == known) {
                    for Service { priority, weight, port, host } in &services {
                        let target = format!("{host}.").parse().unwrap();
                        let data = RData::SRV(SRV::new(*priority, *weight, *port, target));
                        answer.add_answer(Record::from_rdata(known.clone(), 60, data));
                    }
                } else {
                    answer.metadata.response_code = ResponseCode::NXDomain;
                }
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        let mut connection = ConnectionConfig::udp();
        connection.port = port;
        let server = NameServerConfig::new(IpAddr::V4(Ipv4Addr::LOCALHOST), true, vec![connection]);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap()
    }

    async fn found(services: Vec<Service>, domain: &str) -> String {
        let resolver = resolver("example.com", services).await;
        match urls(&resolver, domain, Duration::from_secs(5), &mut |_| 0).await {
            Ok(urls) => urls.join(" "),
            Err(error) => format!("{error} ({})", error.hint().unwrap_or("no hint")),
        }
    }

    #[tokio::test]
    async fn the_dns_names_the_servers() {
        let out = [
            found(
                vec![
                    service(10, 0, 389, "dc3.example.com"),
                    service(0, 0, 389, "DC1.Example.com"),
                    service(0, 100, 636, "dc2.site.example.com"),
                    service(20, 0, 3269, "gc.example.com"),
                    service(20, 0, 1389, "example.com"),
                ],
                "example.com",
            )
            .await,
            found(Vec::new(), "example.com").await,
            found(vec![service(0, 0, 389, "")], "example.com").await,
            found(vec![service(0, 0, 389, "dc1.example.com")], "example.org").await,
            found(vec![service(0, 0, 389, "dc1.example.com.evil.net")], "example.com").await,
            found(
                vec![service(0, 0, 389, "evilexample.com"), service(9, 0, 389, "dc1.example.com")],
                "example.com",
            )
            .await,
        ];
        insta::assert_snapshot!(out.join("\n"), @"
        ldap://dc1.example.com ldaps://dc2.site.example.com ldap://dc3.example.com ldap://example.com:1389 ldaps://gc.example.com:3269
        cannot find the domain controllers of `example.com` by `_ldap._tcp.dc._msdcs.example.com`: the DNS knows of none (is `domain` the domain's DNS name, and does this machine ask the domain's DNS servers?)
        cannot find the domain controllers of `example.com` by `_ldap._tcp.dc._msdcs.example.com`: the DNS knows of none (is `domain` the domain's DNS name, and does this machine ask the domain's DNS servers?)
        cannot find the domain controllers of `example.org` by `_ldap._tcp.dc._msdcs.example.org`: the DNS knows of none (is `domain` the domain's DNS name, and does this machine ask the domain's DNS servers?)
        cannot find the domain controllers of `example.com` by `_ldap._tcp.dc._msdcs.example.com`: the DNS names `dc1.example.com.evil.net`, which is not below `example.com` (if it is one of yours, name it in `url`, in place of `domain`)
        ldap://dc1.example.com
        ");
    }

    #[tokio::test]
    async fn a_dns_server_that_does_not_answer_is_not_waited_for() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut connection = ConnectionConfig::udp();
        connection.port = silent.local_addr().unwrap().port();
        let server = NameServerConfig::new(IpAddr::V4(Ipv4Addr::LOCALHOST), true, vec![connection]);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let resolver =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap();
        let error = urls(&resolver, "example.com", Duration::from_millis(50), &mut |_| 0).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot find the domain controllers of `example.com` by `_ldap._tcp.dc._msdcs.example.com`: \
             no answer within 50ms"
        );
    }

    #[test]
    fn weights_are_chances() {
        let services =
            || vec![service(0, 0, 389, "none"), service(0, 1, 389, "one"), service(0, 3, 389, "three")];
        let mut first = [0; 3];
        for wanted in 0..=4 {
            let mut wanted = Some(wanted);
            let order = ordered(services(), &mut |most| wanted.take().unwrap_or(most));
            first[["none", "one", "three"].iter().position(|host| *host == order[0].host).unwrap()] += 1;
        }
        assert_eq!(first, [1, 1, 3]);
    }

    proptest! {
        #[test]
        fn every_server_is_tried_once_and_lower_priorities_first(
            servers in proptest::collection::vec((0..4u16, any::<u16>()), 0..20),
            seed in any::<u64>(),
        ) {
            let services: Vec<_> = servers
                .iter()
                .enumerate()
                .map(|(n, (priority, weight))| service(*priority, *weight, 389, &format!("dc{n}")))
                .collect();
            let mut random = fastrand::Rng::with_seed(seed);
            let order = ordered(services.clone(), &mut |most| random.u32(0..=most));
            prop_assert!(order.is_sorted_by_key(|service| service.priority));
            let hosts = |services: &[Service]| {
                let mut hosts: Vec<_> = services.iter().map(|service| service.host.clone()).collect();
                hosts.sort_unstable();
                hosts
            };
            prop_assert_eq!(hosts(&order), hosts(&services));
        }
    }
}
