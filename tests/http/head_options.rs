//! `HEAD` and `OPTIONS` (spec 01 §2, B22).

use blackbox::gateway;

use crate::setup::KEY;

#[test]
fn head_is_get_without_its_body() {
    let gateway = gateway().start();
    for path in ["/health", "/health/ready", "/v1/models"] {
        let get = gateway.get(path).send();
        let mut connection = gateway.request("HEAD", path).begin();
        let head = connection.read_answer("HEAD").expect("an answer");
        assert_eq!((head.status(), head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        connection.write(&gateway.get("/health").wire()).expect("the connection goes on");
        assert_eq!(connection.read_answer("GET").expect("an answer").text(), r#"{"status":"ok"}"#, "{path}");
    }
    let mut connection = gateway.request("HEAD", "/nowhere").begin();
    assert_eq!(connection.read_answer("HEAD").expect("an answer").status(), 404);
}

#[test]
fn options_names_the_methods() {
    let gateway = gateway().master_key(KEY).start();
    for (path, method) in [("/v1/chat/completions", "POST"), ("/v1/models", "GET"), ("/health", "GET")] {
        let answer = gateway.request("OPTIONS", path).send().expect_status(204);
        assert!(
            answer.header("allow").is_some_and(|allow| allow.contains(method)),
            "{path}: {:?}",
            answer.head
        );
        assert!(answer.body.is_empty());
    }
    gateway.request("OPTIONS", "/v1/models").anonymous().send().error(401);
    gateway.request("OPTIONS", "/nowhere").send().error(404);
}

#[test]
fn head_on_a_post_route_is_405() {
    let gateway = gateway().start();
    let mut connection = gateway.request("HEAD", "/v1/chat/completions").begin();
    assert_eq!(connection.read_answer("HEAD").expect("an answer").status(), 405);
}
