//! Black-box tests over HTTP, in one binary.
//! In: the built `gomodel`. Out: what a client and an upstream see.
