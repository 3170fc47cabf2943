use crate::{Reply, Request, upstream};

#[test]
fn a_body_that_is_shorter_than_its_length_is_no_answer() {
    let upstream = upstream().chat([Reply::status(200).claiming(100, "short")]).start();
    let request = Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}");
    assert!(request.try_send().is_err());
    let mut stream = request.open();
    assert_eq!((stream.rest(), stream.ended_whole()), (b"short".to_vec(), false));
}

#[test]
fn frames_are_split_at_blank_lines_of_both_kinds() {
    let upstream = upstream().chat([Reply::stream(["data: a\r\n", "\r\ndata: b\n\ndata: c"])]).start();
    let mut stream = Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}").open();
    let frames: Vec<_> = std::iter::from_fn(|| stream.next_frame()).collect();
    assert_eq!(frames, [b"data: a\r\n\r\n".to_vec(), b"data: b\n\n".to_vec(), b"data: c".to_vec()]);
}

#[test]
fn pipelined_answers_are_read_one_by_one() {
    let upstream = upstream().start();
    let request = Request::new(upstream.address(), "GET", "/v1/models");
    let mut connection = request.begin();
    connection.write(&request.wire()).unwrap();
    for _ in 0..2 {
        assert_eq!(connection.read_answer("GET").unwrap().json()["data"][0]["id"], "gpt-4o");
    }
}
