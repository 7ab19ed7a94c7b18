// The REST client of the integration sketch: a 401 is answered by one refresh and one more try, else by the sign-in page.
// Does its requests at once, then one more, and prints what came of them as one line of JSON.
//
// node api.mjs BASE_URL ACCESS_TOKEN REFRESH_TOKEN PATH...

const [baseUrl, accessToken, refreshToken, ...paths] = process.argv.slice(2)

const storage = new Map([
  ['access_token', accessToken],
  ['refresh_token', refreshToken],
])
const seen = { statuses: [], refreshes: 0, location: null, storage: null }
let refreshing = null

async function send(path) {
  const headers = { Authorization: `Bearer ${storage.get('access_token')}` }
  return fetch(`${baseUrl}${path}`, { headers, signal: AbortSignal.timeout(30_000) })
}

async function refresh() {
  seen.refreshes += 1
  const response = await fetch(`${baseUrl}/api/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ refresh_token: storage.get('refresh_token') }),
  })
  if (!response.ok) throw new Error(`refresh failed with ${response.status}`)
  const fresh = await response.json()
  // The contract kills a used refresh token, so a client must keep the new one too.
  storage.set('access_token', fresh.access_token)
  storage.set('refresh_token', fresh.refresh_token)
}

async function request(path) {
  const response = await send(path)
  if (response.status !== 401) return response.status
  try {
    refreshing ??= refresh().finally(() => {
      refreshing = null
    })
    await refreshing
    return (await send(path)).status
  } catch {
    seen.location = '/login'
    return 401
  }
}

seen.statuses = await Promise.all(paths.map(request))
if (seen.location === null) {
  storage.set('access_token', 'expired again')
  seen.statuses.push(await request(paths[0]))
}
seen.storage = Object.fromEntries(storage)
console.log(JSON.stringify(seen))
