//! The build must hold one aws-lc: the one aws-lc-rs uses. Two would double the binary, and their global state.

#[test]
fn the_lock_file_holds_one_aws_lc_sys_and_no_fips_twin() {
    let lock = include_str!("../../../Cargo.lock");
    let entries: Vec<&str> = lock.lines().filter(|line| line.starts_with("name = \"aws-lc")).collect();
    assert_eq!(entries, ["name = \"aws-lc-rs\"", "name = \"aws-lc-sys\""]);
}
