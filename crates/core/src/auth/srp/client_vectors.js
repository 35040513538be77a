// The amazon-cognito-identity-js half of client_vectors.py: signs in through CognitoUser.authenticateUser with the client's
// secret fixed and the network replaced. Reads {pool_id, cases} from stdin, writes [{timestamp, signature}].

const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const clientRequire = createRequire(require('node:path').resolve(process.argv[2], 'package.json'));

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = clientRequire('amazon-cognito-identity-js');
const AuthenticationHelper = clientRequire('amazon-cognito-identity-js/lib/AuthenticationHelper').default;
const BigInteger = clientRequire('amazon-cognito-identity-js/lib/BigInteger').default;

const input = JSON.parse(readFileSync(0, 'utf8'));
const answers = input.cases.map(current => {
	AuthenticationHelper.prototype.generateRandomSmallA = () => new BigInteger(current.a, 16);
	const Pool = new CognitoUserPool({ UserPoolId: input.pool_id, ClientId: 'client' });
	const user = new CognitoUser({ Username: 'someone', Pool });
	let answer;
	user.client.request = (operation, params, callback) => {
		if (operation === 'InitiateAuth') {
			if (params.AuthParameters.SRP_A !== current.srp_a) throw new Error(`other SRP_A: ${current.label}`);
			callback(null, {
				ChallengeName: 'PASSWORD_VERIFIER',
				ChallengeParameters: {
					USERNAME: 'someone',
					USER_ID_FOR_SRP: current.name,
					SALT: current.salt,
					SRP_B: current.srp_b,
					SECRET_BLOCK: current.secret_block,
				},
			});
		} else {
			const { TIMESTAMP, PASSWORD_CLAIM_SIGNATURE } = params.ChallengeResponses;
			answer = { timestamp: TIMESTAMP, signature: PASSWORD_CLAIM_SIGNATURE };
		}
	};
	user.authenticateUser(new AuthenticationDetails({ Username: 'someone', Password: current.password }), {
		onFailure: error => {
			throw error;
		},
	});
	return answer;
});
process.stdout.write(JSON.stringify(answers));
