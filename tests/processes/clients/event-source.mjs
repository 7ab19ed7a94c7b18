// The EventSource client of the integration sketch. Asks one question and prints what it saw as one line
// of JSON.
//
// node event-source.mjs API_URL SESSION_ID TOKEN closes|stays MESSAGE
//
// It closes at the end of the answer, as the sketch does, or stays until the server tells it that there is no more.

const [apiUrl, sessionId, token, task, message] = process.argv.slice(2)

// As browsers do it (WHATWG HTML, section 9.2): the last id goes with every reconnect, and 204 ends it for good. Node has
// an EventSource of its own, but that gives up where a browser reconnects: when the connection breaks in mid-answer.
class EventSource extends EventTarget {
  reconnectionTime = 50
  lastEventId = ''
  isClosed = false

  constructor(url) {
    super()
    this.run(url)
  }

  async run(url) {
    while (!this.isClosed) {
      const headers = { Accept: 'text/event-stream' }
      if (this.lastEventId !== '') headers['Last-Event-ID'] = this.lastEventId
      try {
        const response = await fetch(url, { headers, cache: 'no-store' })
        if (response.status !== 200) return this.fail()
        this.dispatchEvent(new Event('open'))
        await this.read(response.body)
      } catch (error) {
        if (!(error instanceof TypeError)) throw error // what fetch throws when the network fails
      }
      if (this.isClosed) return
      this.dispatchEvent(new Event('error'))
      await new Promise((resolve) => setTimeout(resolve, this.reconnectionTime))
    }
  }

  async read(body) {
    let rest = ''
    let fields = {}
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n')
      rest = lines.pop()
      for (const line of lines) {
        const [, name, value] = /^([^:]*)(?:: ?)?(.*)$/.exec(line)
        if (line === '') fields = this.dispatch(fields)
        else if (name !== '') fields[name] = value
      }
    }
  }

  dispatch(fields) {
    if (fields.id !== undefined) this.lastEventId = fields.id
    if (fields.data !== undefined && !this.isClosed) {
      const { data } = fields
      this.dispatchEvent(new MessageEvent(fields.event ?? 'message', { data, lastEventId: this.lastEventId }))
    }
    return {}
  }

  fail() {
    this.close()
    this.dispatchEvent(new Event('error'))
  }

  close() {
    this.isClosed = true
  }
}

const seen = { text: '', chunks: 0, done: null, errors: 0, opens: 0 }
const eventSource = new EventSource(
  `${apiUrl}/sessions/${sessionId}/stream?message=${encodeURIComponent(message)}&token=${token}`,
)

eventSource.addEventListener('open', () => {
  seen.opens += 1
})

eventSource.addEventListener('message', (event) => {
  seen.text += JSON.parse(event.data).chunk
  seen.chunks += 1
})

eventSource.addEventListener('done', (event) => {
  seen.done = JSON.parse(event.data)
  if (task !== 'closes') return
  console.log(JSON.stringify(seen))
  eventSource.close()
})

eventSource.addEventListener('error', () => {
  seen.errors += 1
  if (eventSource.isClosed) console.log(JSON.stringify(seen))
})
