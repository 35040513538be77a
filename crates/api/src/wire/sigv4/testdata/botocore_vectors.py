"""Records requests exactly as boto3/botocore 1.44.5 signs and sends them. Usage: python botocore_vectors.py > botocore.json"""
import json, sys
import boto3, botocore
from botocore.awsrequest import AWSResponse
from botocore.config import Config

SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
TOKEN = 'FwoGZXIvYXdzEXAMPLE//////////wEaDEXAMPLE+token=='
out = []

def client(service, region, token, endpoint):
    session = boto3.Session('AKIDEXAMPLE', SECRET, token, region_name=region)
    return session.client(service, endpoint_url=endpoint, config=Config(retries={'max_attempts': 0}))

def record(name, service, region, token, endpoint, call):
    c = client(service, region, token, endpoint)
    def grab(request, **_):
        from urllib.parse import urlsplit
        url = urlsplit(request.url)
        headers = [[k, v.decode() if isinstance(v, bytes) else v] for k, v in request.headers.items()]
        if not any(k.lower() == 'host' for k, _ in headers):
            headers.append(['Host', url.netloc])
        body = request.body or b''
        out.append({'name': name, 'service': service, 'region': region, 'token': token, 'method': request.method,
                    'path': url.path, 'query': url.query, 'headers': headers,
                    'body': body.decode() if isinstance(body, bytes) else body})
        return AWSResponse(request.url, 400, {}, None)
    c.meta.events.register('before-send', grab)
    try:
        call(c)
    except Exception:
        pass

create = lambda c: c.create_user_pool(PoolName='Zürich 東京', Policies={'PasswordPolicy': {'MinimumLength': 8}})
record('create_user_pool', 'cognito-idp', 'us-east-1', None, 'http://127.0.0.1:5190', create)
record('create_user_pool_with_token', 'cognito-idp', 'eu-central-1', TOKEN, 'https://auth.example.com', create)
record('create_user_pool_below_a_prefix', 'cognito-idp', 'us-east-1', None, 'http://localhost:5190/api//v1/%7Eme/a%20b/', create)
record('get_caller_identity', 'sts', 'us-east-1', TOKEN, 'http://127.0.0.1:5190', lambda c: c.get_caller_identity())
record('list_roles', 'iam', 'us-east-1', None, 'http://127.0.0.1:5190', lambda c: c.list_roles(PathPrefix='/a b/+ü/'))
record('list_identity_pools', 'cognito-identity', 'us-west-2', TOKEN, 'http://[::1]:5190', lambda c: c.list_identity_pools(MaxResults=1))

from urllib.parse import urlsplit
for name, token in (('presigned_get_caller_identity', None), ('presigned_get_caller_identity_with_token', TOKEN)):
    url = urlsplit(client('sts', 'us-east-1', token, 'http://127.0.0.1:5190').generate_presigned_url(
        'get_caller_identity', ExpiresIn=900, HttpMethod='GET'))
    out.append({'name': name, 'service': 'sts', 'region': 'us-east-1', 'token': token, 'method': 'GET', 'path': url.path,
                'query': url.query, 'headers': [['Host', url.netloc]], 'body': ''})
json.dump({'signer': f'botocore {botocore.__version__}', 'vectors': out}, sys.stdout, indent=1, ensure_ascii=False)
