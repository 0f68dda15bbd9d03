from watchward.node.alone import alone


def test_a_second_worker_is_refused(started, watchward):
    with alone(started, "worker"):
        refused = watchward("serve", "worker")

    assert refused.returncode == 3
    assert refused.stderr == (
        f"Another worker works on {started}.\nA node has one. Stop the other, or give this one another --home.\n"
    )


def test_a_console_on_a_taken_port_says_what_to_do(started, watchward):
    import socket  # noqa: PLC0415 - only here

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (started / "config.toml").write_text(f"web_port = {port}\n")
        refused = watchward("serve", "web")

    assert refused.returncode == 3
    assert refused.stderr == (
        f"The console cannot listen on 127.0.0.1:{port}: Address already in use.\n"
        "Stop what listens there, or set web_host and web_port in config.toml.\n"
    )
