//! The errors about one name or value, each literally.

use super::*;

#[test]
fn an_unknown_name_in_a_file_names_the_nearest_setting() {
    for (text, expected) in [
        ("[server]\nlistn = 1", "unknown setting `server.listn` in FILE: did you mean `server.listen`?"),
        ("[hook]\nlisten = []", "unknown setting `hook.listen` in FILE: did you mean `server.listen`?"),
        (
            "[server]\nstate_dir = \"x\"",
            "unknown setting `server.state_dir` in FILE: did you mean `state_dir`, above the first \
             [section]?",
        ),
        (
            "allow_http = true",
            "unknown setting `allow_http` in FILE: did you mean `archive.allow_http` or `fetch.allow_http`?",
        ),
        (
            "\"server.listen\" = []",
            "unknown setting `\"server.listen\"` in FILE: did you mean `server.listen`?",
        ),
        (
            "[server]\nport = 80",
            "unknown setting `server.port` in FILE: the settings of `server` are `image_cache_bytes`, `listen`, \
             `public_url`, `shutdown_secs`, `trusted_proxies`",
        ),
        (
            "[smtp]",
            "unknown section `smtp` in FILE: the sections are `archive`, `audit`, `backup`, `disk`, `fetch`, `hook`, `ledger`, `log`, \
             `map`, `server`, `status`, `verdict`, \
             `worker`",
        ),
    ] {
        assert_eq!(file_error(text), expected);
    }
}

#[test]
fn an_unknown_variable_names_the_nearest_one() {
    let listen = "did you mean KEEPMARK__SERVER__LISTEN?";
    for name in
        ["KEEPMARK__SERVER__LISTN", "KEEPMARK__server__listen", "KEEPMARK__LISTEN", "KEEPMARK_SERVER_LISTEN"]
    {
        assert_eq!(variable_error(name, "x"), format!("unknown variable {name}: {listen}"));
    }
    assert_eq!(
        variable_error("KEEPMARK__HOOK__PATH", "x"),
        "unknown variable KEEPMARK__HOOK__PATH: the settings of `hook` are `body_max_bytes`, `tokens_file`"
    );
}

#[test]
fn a_wrong_type_says_the_right_one_with_an_example() {
    for (text, expected) in [
        ("state_dir = 5", "`state_dir` in FILE must be a text in quotes, for example `state_dir = \"…\"`"),
        ("[state_dir]", "`state_dir` in FILE must be a text in quotes, for example `state_dir = \"…\"`"),
        (
            "server.shutdown_secs = \"25\"",
            "`server.shutdown_secs` in FILE must be a whole number, for example `shutdown_secs = 25`",
        ),
        (
            "worker.concurrency = 2.5",
            "`worker.concurrency` in FILE must be a whole number, for example `concurrency = 8`",
        ),
        (
            "fetch.allow_http = 1",
            "`fetch.allow_http` in FILE must be true or false, for example `allow_http = false`",
        ),
        (
            "server.listen = \"127.0.0.1:1\"",
            "`server.listen` in FILE must be a list of texts, for example `listen = [\"…\", \"…\"]`",
        ),
        (
            "fetch.allow_hosts = [1]",
            "`fetch.allow_hosts` in FILE must be a list of texts, for example `allow_hosts = [\"…\", \"…\"]`",
        ),
        (
            "server = 1",
            "`server` in FILE must be a section with its settings in the lines below it, for \
             example `[server]`",
        ),
    ] {
        assert_eq!(file_error(text), expected);
    }
    for (name, value, expected) in [
        (
            "KEEPMARK__WORKER__CONCURRENCY",
            "eight",
            "must be a whole number, for example `KEEPMARK__WORKER__CONCURRENCY=8`",
        ),
        (
            "KEEPMARK__WORKER__CONCURRENCY",
            "",
            "must be a whole number, for example `KEEPMARK__WORKER__CONCURRENCY=8`",
        ),
        (
            "KEEPMARK__FETCH__ALLOW_HTTP",
            "yes",
            "must be true or false, for example `KEEPMARK__FETCH__ALLOW_HTTP=false`",
        ),
        (
            "KEEPMARK__FETCH__ALLOW_NETWORKS",
            "[10.0.0.0/8]",
            "must be a list of texts, for example `KEEPMARK__FETCH__ALLOW_NETWORKS='[\"…\", \"…\"]'`",
        ),
    ] {
        assert_eq!(variable_error(name, value), format!("{name} {expected}"));
    }
}

#[test]
fn a_number_out_of_range_says_the_range() {
    for (text, expected) in [
        ("server.shutdown_secs = 0", "`server.shutdown_secs` in FILE must be 1 to 600, not 0"),
        ("hook.body_max_bytes = 100", "`hook.body_max_bytes` in FILE must be 4096 to 67108864, not 100"),
        ("fetch.size_max_bytes = 9", "`fetch.size_max_bytes` in FILE must be 1024 to 1099511627776, not 9"),
        ("fetch.timeout_secs = 0", "`fetch.timeout_secs` in FILE must be 1 to 86400, not 0"),
        ("fetch.stall_secs = 3601", "`fetch.stall_secs` in FILE must be 1 to 3600, not 3601"),
        ("fetch.per_host = 0", "`fetch.per_host` in FILE must be 1 to 64, not 0"),
        ("worker.concurrency = -1", "`worker.concurrency` in FILE must be 0 to 256, not -1"),
        ("verdict.time_near_secs = 86401", "`verdict.time_near_secs` in FILE must be 0 to 86400, not 86401"),
        ("verdict.position_near_m = -5", "`verdict.position_near_m` in FILE must be 0 to 1000000, not -5"),
    ] {
        assert_eq!(file_error(text), expected);
    }
    assert_eq!(
        variable_error("KEEPMARK__WORKER__CONCURRENCY", "257"),
        "KEEPMARK__WORKER__CONCURRENCY must be 0 to 256, not 257"
    );
}

#[test]
fn a_text_that_a_setting_does_not_take_says_what_it_takes() {
    let address = "has a wrong entry 1: write an IP address and a port, such as 127.0.0.1:8470 or [::1]:8470";
    let host = "has a wrong entry 1: write a host name alone, such as photos.example.com, without \
     scheme, port, path or *";
    let network = "has a wrong entry 1: it is no IP address or network, such as 10.0.0.0/8 or 192.168.7.20";
    let bucket = "must name a bucket after s3://: 3 to 255 letters, digits, dots and dashes";
    let prefix = "must have a prefix of letters, digits and - _ . + = between single slashes";
    let archive = "must be file:///folder, s3://bucket or s3://bucket/prefix";
    let escapes = "must be file:/// and a folder; write ? as %3F and # as %23 in it";
    for (name, value, expected) in [
        ("STATE_DIR", "", "must not be empty"),
        ("SERVER__LISTEN", "", "must name at least one address, such as 127.0.0.1:8470"),
        ("SERVER__LISTEN", "localhost:8470", address),
        (
            "SERVER__PUBLIC_URL",
            "photos.example.com",
            "is no URL such as https://example.com: relative URL without a base",
        ),
        ("SERVER__PUBLIC_URL", "https://me:pw@example.com", "must not carry a user name or password"),
        ("SERVER__PUBLIC_URL", "ftp://photos.example.com", "must begin with https:// or http://"),
        (
            "SERVER__PUBLIC_URL",
            "https://example.com/photos",
            "must end after the host or port, without a path",
        ),
        ("SERVER__PUBLIC_URL", "https://example.com/?a", "must end before any ? or #"),
        ("ARCHIVE__URL", "/srv/photos", archive),
        ("ARCHIVE__URL", "file://srv/photos", archive),
        ("ARCHIVE__URL", "https://s3.example.com/bucket", archive),
        (
            "ARCHIVE__URL",
            "s3://id@bucket/a",
            "must not carry a user name or password: use `access_key_id` and the like",
        ),
        ("ARCHIVE__URL", "file:///srv/photos#1", escapes),
        ("ARCHIVE__URL", "s3://", bucket),
        ("ARCHIVE__URL", "s3://bu:cket/a", bucket),
        ("ARCHIVE__URL", "s3://bucket/a//b", prefix),
        ("ARCHIVE__URL", "s3://bucket/../b", prefix),
        ("ARCHIVE__URL", "s3://bucket/a?b", prefix),
        ("ARCHIVE__REGION", "", "must not be empty"),
        ("ARCHIVE__FOLDER", "", "must not be empty"),
        ("FETCH__ALLOW_NETWORKS", "10.0.0", network),
        ("FETCH__ALLOW_HOSTS", "https://example.com", host),
        ("FETCH__ALLOW_HOSTS", "example.com:443", host),
        ("FETCH__ALLOW_HOSTS", "*.example.com", host),
        ("VERDICT__DEFAULT_ZONE", "Europe/Berln", "must be an IANA time zone, such as Europe/Berlin or UTC"),
        ("VERDICT__DEFAULT_ZONE", "", "must be an IANA time zone, such as Europe/Berlin or UTC"),
        ("LOG__LEVEL", "", "must not be empty"),
    ] {
        let name = format!("KEEPMARK__{name}");
        assert_eq!(variable_error(&name, value), format!("{name} {expected}"), "{value}");
    }
    assert_eq!(
        file_error("fetch.allow_networks = [\"::1\", \"10.1.0.0/8\"]"),
        "`fetch.allow_networks` in FILE has a wrong entry 2: it sets bits beyond its prefix: \
         write 10.0.0.0/8 for the range, or 10.1.0.0 for the address alone"
    );
}

#[test]
fn a_store_without_tls_must_be_allowed() {
    let text = "archive.endpoint = \"http://127.0.0.1:9000\"";
    assert_eq!(
        file_error(text),
        "`archive.endpoint` in FILE begins with http://: use https://, or set `archive.allow_http` to true"
    );
    assert!(in_file(&format!("{text}\narchive.allow_http = true")).is_ok());
}
