"""Condenses AWS's published SigV4 signing test suite (Apache-2.0, as shipped in the aws-sigv4 crate under
aws-signing-test-suite/v4) into aws_suite.json. Usage: python aws_suite.py PATH_TO_v4 > aws_suite.json

Left out: the cases with "normalize": false (S3's rule, which no service here uses) and get-space-normalized (signed with
single encoding, S3 again). Folded header lines are joined by spaces, as an HTTP parser hands them on."""
import json, os, sys
from urllib.parse import unquote
out = []
root = sys.argv[1]
for name in sorted(os.listdir(root)):
    d = os.path.join(root, name)
    ctx_path = os.path.join(d, 'context.json')
    if not os.path.exists(ctx_path) or name == 'get-space-normalized':
        continue
    ctx = json.load(open(ctx_path))
    if not ctx['normalize'] and name != 'get-space-unnormalized':
        continue
    for form in ('header', 'query'):
        text = open(os.path.join(d, f'{form}-signed-request.txt'), encoding='utf-8').read()
        head, _, body = text.partition('\n\n')
        lines = head.split('\n')
        method, rest = lines[0].split(' ', 1)
        target = rest.rsplit(' ', 1)[0]
        path, _, query = target.partition('?')
        headers = []
        for line in lines[1:]:
            if line[:1] in ' \t':
                headers[-1][1] += ' ' + line.strip()
            else:
                k, _, v = line.partition(':')
                headers.append([k, v])
        out.append({
            'name': f'{name}/{form}', 'method': method, 'path': path, 'query': query, 'headers': headers,
            'body': body.rstrip('\n') if not ctx.get('sign_body') else body.rstrip('\n'),
            'canonical': open(os.path.join(d, f'{form}-canonical-request.txt'), encoding='utf-8').read(),
            'string_to_sign': open(os.path.join(d, f'{form}-string-to-sign.txt'), encoding='utf-8').read(),
            'signature': open(os.path.join(d, f'{form}-signature.txt')).read().strip(),
            'token_left_unsigned': bool(ctx.get('omit_session_token')),
        })
json.dump(out, sys.stdout, indent=1, ensure_ascii=False)
