"""Records S3 requests exactly as boto3/botocore 1.44.5 signs and sends them. Usage: python s3_vectors.py > s3.json"""
import json, sys
from urllib.parse import urlsplit
import boto3, botocore
from botocore.awsrequest import AWSResponse
from botocore.config import Config

SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
TOKEN = 'FwoGZXIvYXdzEXAMPLE//////////wEaDEXAMPLE+token=='
out = []

def client(endpoint):
    session = boto3.Session('AKIDEXAMPLE', SECRET, TOKEN, region_name='us-east-1')
    return session.client('s3', endpoint_url=endpoint, config=Config(
        retries={'max_attempts': 0}, signature_version='s3v4', s3={'addressing_style': 'path'}))

def record(name, call, endpoint='https://objects.example.com'):
    c = client(endpoint)
    def grab(request, **_):
        url = urlsplit(request.url)
        headers = [[k, v.decode() if isinstance(v, bytes) else v] for k, v in request.headers.items()]
        if not any(k.lower() == 'host' for k, _ in headers):
            headers.append(['Host', url.netloc])
        out.append({'name': name, 'method': request.method, 'path': url.path, 'query': url.query, 'headers': headers, 'body': ''})
        return AWSResponse(request.url, 400, {}, None)
    c.meta.events.register('before-send', grab)
    try:
        call(c)
    except Exception:
        pass

for name, key in (('plain', 'a.jpg'), ('spaces_and_plus', 'a b+c.jpg'), ('slashes_and_dots', 'x//y/./../z'), ('percent', '100%25 ü'),
                  ('trailing_slash', 'folder/')):
    record('get_' + name, lambda c, key=key: c.get_object(Bucket='photos', Key=key))
record('list', lambda c: c.list_objects_v2(Bucket='photos', Prefix='a b/', Delimiter='/'))
record('put_over_https', lambda c: c.put_object(Bucket='photos', Key='a.jpg', Body=b'hello'))
record('put_over_http', lambda c: c.put_object(Bucket='photos', Key='a.jpg', Body=b'hello'), 'http://objects.example.com')
url = urlsplit(client('https://objects.example.com').generate_presigned_url(
    'get_object', Params={'Bucket': 'photos', 'Key': 'x//a b'}, ExpiresIn=900))
out.append({'name': 'presigned', 'method': 'GET', 'path': url.path, 'query': url.query, 'headers': [['Host', url.netloc]], 'body': ''})
json.dump({'signer': f'botocore {botocore.__version__}', 'vectors': out}, sys.stdout, indent=1, ensure_ascii=False)
