// RSA with PKCS#1 v1.5 padding, which a browser's own crypto does not offer, and which is off on plain http anyway.
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function power(base, exponent, modulus) {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}

function encrypt(text, exponent, modulus) {
  const size = modulus.length / 2;
  const bytes = new TextEncoder().encode(text);
  const padding = crypto.getRandomValues(new Uint8Array(size - 3 - bytes.length)).map((byte) => byte || 1);
  const block = BigInt(`0x${toHex([0, 2, ...padding, 0, ...bytes])}`);
  const hex = power(block, BigInt(`0x${exponent}`), BigInt(`0x${modulus}`))
    .toString(16)
    .padStart(2 * size, '0');
  return btoa(String.fromCharCode(...hex.match(/../g).map((pair) => Number.parseInt(pair, 16))));
}

const field = (id) => document.getElementById(id);

field('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const [exponent, modulus] = (await (await fetch('auth-public-key')).text()).split(':');
  field('persist').value = field('staySignedIn').checked ? '1' : '0';
  field('clientPath').value = location.pathname;
  field('package').value = encrypt(`${field('username').value}\n${field('password').value}`, exponent, modulus);
  document.realform.submit();
});
