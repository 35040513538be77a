"""`stepwell serve` with an administrator's access key that the test knows."""

from harness.aws import idp_client

KEY_ID = "AKIASTEPWELLTEST0001"
SECRET = "Planted/Root+Secret/Access/Key/0123456789"


def environment(**more):
    return {"STEPWELL_ROOT_ACCESS_KEY_ID": KEY_ID, "STEPWELL_ROOT_SECRET_ACCESS_KEY": SECRET, **more}


def root_client(server, **options):
    return idp_client(server.url, key=KEY_ID, secret=SECRET, **options)
