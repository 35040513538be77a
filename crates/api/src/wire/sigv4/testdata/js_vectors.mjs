// Records requests exactly as the JavaScript SDKs sign them: v3 (@smithy/signature-v4) and v2 (aws-sdk).
// Usage, with @aws-sdk/client-cognito-identity-provider, @aws-sdk/client-sts and aws-sdk@2 installed: node js_vectors.mjs > javascript.json
import { createRequire } from "node:module";
import http from "node:http";
import { CognitoIdentityProviderClient, CreateUserPoolCommand } from "@aws-sdk/client-cognito-identity-provider";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
const require = createRequire(import.meta.url);
const AWS = require("aws-sdk");
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN = "FwoGZXIvYXdzEXAMPLE//////////wEaDEXAMPLE+token==";
const vectors = [];
let current;
const server = http.createServer((req, res) => {
  const chunks = [];
  req.on("data", (c) => chunks.push(c));
  req.on("end", () => {
    const [path, ...query] = req.url.split("?");
    const headers = [];
    for (let i = 0; i < req.rawHeaders.length; i += 2) headers.push([req.rawHeaders[i], req.rawHeaders[i + 1]]);
    vectors.push({ ...current, method: req.method, path, query: query.join("?"), headers, body: Buffer.concat(chunks).toString() });
    res.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
    res.end("{}");
  });
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}`;
const credentials = (token) => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken: token });
const input = { PoolName: "Zürich 東京", Policies: { PasswordPolicy: { MinimumLength: 8 } } };
async function v3(name, service, region, token, prefix, Client, command) {
  current = { name, service, region, token: token ?? null };
  await new Client({ region, endpoint: base + prefix, credentials: credentials(token), maxAttempts: 1 }).send(command).catch(() => {});
}
async function v2(name, service, region, token, Class, operation, params) {
  current = { name, service, region, token: token ?? null };
  const c = new Class({ region, endpoint: base, ...credentials(token), maxRetries: 0 });
  await c[operation](params).promise().catch(() => {});
}
await v3("v3_create_user_pool", "cognito-idp", "us-east-1", undefined, "", CognitoIdentityProviderClient, new CreateUserPoolCommand(input));
await v3("v3_create_user_pool_with_token", "cognito-idp", "eu-central-1", TOKEN, "/some/prefix", CognitoIdentityProviderClient, new CreateUserPoolCommand(input));
await v3("v3_get_caller_identity", "sts", "us-east-1", TOKEN, "", STSClient, new GetCallerIdentityCommand({}));
await v2("v2_create_user_pool", "cognito-idp", "us-east-1", undefined, AWS.CognitoIdentityServiceProvider, "createUserPool", input);
await v2("v2_create_user_pool_with_token", "cognito-idp", "us-east-1", TOKEN, AWS.CognitoIdentityServiceProvider, "createUserPool", input);
server.close();
const version = (p) => require(`${p}/package.json`).version;
console.log(JSON.stringify({ signer: `@smithy/signature-v4 ${version("@smithy/signature-v4")}, aws-sdk ${version("aws-sdk")}`, vectors }, null, 1));
process.exit(0);
