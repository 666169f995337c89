//! A SCIM 2.0 service provider that behaves as Klaviyo's, embedded for demos and tests.
//!
//! In: SCIM requests over HTTP on loopback. Out: answers by RFC 7643 and RFC 7644, Klaviyo's rules, and the faults
//! that were asked for. Never: part of a real run.
