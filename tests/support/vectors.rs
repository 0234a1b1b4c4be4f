//! The hosts and links of the guard's tests: every way to write an address that must not be reached.

/// Ways to write 127.0.0.1 that a URL parser takes for it.
pub const LOOPBACK: &str = "
    127.0.0.1 127.0.0.1. 127.1 127.1. 127.0.1 127.00.00.01 127.000.000.001 0177.0.0.1 0177.0.0.01
    0177.1 00177.0.0.1 0000177.0.1 0x7f.0.0.1 0X7F.0.0.1 0x7f.1 0x7f.0x0.0x0.0x1 0x7F000001 0x7f000001
    0x0000007f000001 2130706433 2130706433. 017700000001 0017700000001 127.0x1 127.0.0x1 127.0.01 0x7f.0.1
    0177.0x0.1 127.0.0.0x1 %31%32%37.0.0.1 127%2e0%2e0%2e1 127.0.0.%31 %30x7f.1
    %32130706433 127%2E1 127。0。0。1 127.0.0.1 127｡0｡0｡1 １２７.０.０.１ １２７。１ ①②⑦.0.0.1 𝟏𝟐𝟕.𝟎.𝟎.𝟏 ２１３０７０６４３３
    𝟙𝟚𝟟.𝟘.𝟘.𝟙 ₁₂₇.₀.₀.₁ ¹²⁷.⁰.⁰.¹ ０ｘ７ｆ.1 0ｘ7ｆ000001 127.0.0.1。 127\u{ad}.0.0.1 127.0.0\u{200b}.1 [::1]
    [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0.0.0.1]
";

/// Other addresses that are not public, and ways to write IPv4 into IPv6.
pub const PRIVATE: &str = "
    127.65536 127.0.256 0.0.0.0 0 0x0 00 0.1 0.0.0.1 0.255.255.255 [::] [0::0] 127.0.0.2 127.255.255.255 127.127.127.127
    10.0.0.0 10.0.0.1 10.255.255.255 012.0.0.1 0xa.0.0.1 167772161 172.16.0.0 172.16.0.1 172.31.255.255
    192.168.0.0 192.168.1.1 192.168.255.255 0xc0a80101 3232235777 0300.0250.1.1 100.64.0.0 100.64.0.1
    100.127.255.255 169.254.0.1 169.254.255.255 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376
    169.254.43518 169.254.170.2 169.254.169.123 168.63.129.16 100.100.100.200 192.0.0.192 [fd00:ec2::254]
    [FD00:EC2::254] [fd20:ce::254] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe]
    [2002:a9fe:a9fe::] 192.0.0.0 192.0.0.8 192.0.0.9 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1
    192.88.99.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250
    240.0.0.1 255.255.255.254 255.255.255.255 4294967295 0xffffffff [::ffff:127.0.0.1] [::FFFF:127.0.0.1]
    [::ffff:7f00:1] [::ffff:7f00:0001] [0:0:0:0:0:ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:1] [::ffff:10.0.0.1]
    [::ffff:192.168.1.1] [::ffff:0.0.0.0] [::ffff:0:127.0.0.1] [::127.0.0.1] [::7f00:1] [::10.0.0.1]
    [::8.8.8.8] [2002:7f00:1::] [2002:7f00:1::1] [2002:a00:1::] [2002:c0a8:101::1] [2001:0:7f00:1::]
    [2001::1] [2001:0:53aa:64c:0:ffff:80ff:fffe] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1]
    [64:ff9b::192.168.1.1] [64:ff9b:1::1] [64:ff9b:1::8.8.8.8] [2606:4700::5efe:10.0.0.1]
    [2606:4700::200:5efe:7f00:1] [fc00::1] [fd12:3456:789a::1] [fe80::1] [FE80::1] [fec0::1] [ff02::1]
    [ff0e::1] [100::1] [100:0:0:1::1] [2001:db8::1] [2001:2::1] [2001:20::1] [3fff::1] [5f00::1]
    [2620:4f:8000::1] [4000::1]
";

/// What is no host at all.
pub const NO_HOST: &str = "
    [fe80::1%25eth0] [fe80::1%eth0] [::1%251] [::1%lo] [::ffff:127.0.0.1%25lo] 127.0.0.1.1 256.0.0.1
    127.0.0.256 0x100000000 4294967296 127.0.0.0x [127.0.0.1] [::1 ::1 [::127.0.0.1.1] [::ffff:0x7f.1]
    127.0.0.08 127.0.0.1%00 127.0.0.1%20 [v1.127.0.0.1]
";

/// Shapes of links around a host; `{port}` stands for the canary's port.
const SHAPES: [&str; 16] = [
    "https:127.0.0.1:{port}/",
    "https:/127.0.0.1:{port}/",
    "https:///127.0.0.1:{port}/",
    "https:\\\\127.0.0.1:{port}\\",
    "https:////127.0.0.1:{port}",
    "https://127.0.0.1:{port}\\@cdn.timemark.com/",
    "https://127.0.0.1:{port}#@cdn.timemark.com/",
    "https://127.0.0.1:{port}?@cdn.timemark.com/",
    "https://cdn.timemark.com@127.0.0.1:{port}/",
    "https://cdn.timemark.com:443@127.0.0.1:{port}/",
    "https://a:b@127.0.0.1:{port}/",
    "https://@127.0.0.1:{port}/",
    "https://:@127.0.0.1:{port}/",
    "ht\ntps://127.0.0.1:{port}/",
    "https://12\t7.0.0.1:{port}/",
    " HTTPS://127.0.0.1:0{port}/ ",
];

/// Schemes that are not for photos.
const SCHEMES: [&str; 14] = [
    "ftp",
    "ftps",
    "file",
    "gopher",
    "dict",
    "ldap",
    "tftp",
    "ws",
    "wss",
    "data",
    "jar",
    "unix",
    "javascript",
    "netdoc",
];

/// All links with the canary's port.
pub fn vectors(port: u16) -> Vec<String> {
    let hosts = [LOOPBACK, PRIVATE, NO_HOST].into_iter().flat_map(str::split_whitespace);
    let both = |host: &str| [format!("https://{host}:{port}/1.jpg"), format!("http://{host}:{port}/1.jpg")];
    let mut vectors: Vec<String> = hosts.flat_map(both).collect();
    vectors.extend(SHAPES.map(|shape| shape.replace("{port}", &port.to_string())));
    vectors.extend(SCHEMES.map(|scheme| format!("{scheme}://127.0.0.1:{port}/1.jpg")));
    vectors
}
