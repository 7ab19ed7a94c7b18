// The WebSocket client of the integration sketch, written as an outside program would. Does one task and prints what it
// saw as one line of JSON.
//
// node socket.mjs WS_URL SESSION_ID TOKEN ask|stop|return

const [wsUrl, sessionId, token, task] = process.argv.slice(2)

class ChatWebSocket {
  ws = null
  messageHandlers = new Map()
  lastSeq = null
  connections = 0
  isDone = false

  connect(sessionId, token, onOpen = () => {}) {
    const after = this.lastSeq === null ? '' : `&after=${this.lastSeq}`
    this.ws = new WebSocket(`${wsUrl}/ws/sessions/${sessionId}/stream?token=${token}${after}`)
    this.ws.onopen = () => {
      this.connections += 1
      onOpen()
    }
    this.ws.onmessage = (event) => {
      const data = JSON.parse(event.data)
      this.lastSeq = data.seq
      const handler = this.messageHandlers.get(data.type)
      if (handler) handler(data.data)
    }
    this.ws.onerror = () => {}
    this.ws.onclose = () => {
      if (!this.isDone) this.connect(sessionId, token)
    }
  }

  sendMessage(message) {
    this.ws.send(JSON.stringify({ type: 'send_message', data: message }))
  }

  stopGeneration(messageId) {
    this.ws.send(JSON.stringify({ type: 'stop_generation', data: { message_id: messageId } }))
  }

  on(eventType, handler) {
    this.messageHandlers.set(eventType, handler)
  }

  disconnect() {
    this.isDone = true
    this.ws.close()
  }
}

const chat = new ChatWebSocket()
const seen = { roles: [], messageId: null, text: '', chunks: 0, end: null, connections: 0 }

chat.on('message_created', (data) => seen.roles.push(data.message.role))
chat.on('stream_start', (data) => {
  seen.messageId = data.message_id
})
chat.on('stream_chunk', (data) => {
  seen.text += data.chunk
  seen.chunks += 1
  if (task === 'stop' && seen.chunks === 3) chat.stopGeneration(seen.messageId)
})
chat.on('stream_end', (data) => {
  seen.end = data
  seen.connections = chat.connections
  console.log(JSON.stringify(seen))
  chat.disconnect()
})
chat.connect(sessionId, token, () => chat.sendMessage(task === 'ask' ? 'Say it again, please' : { message: 'Go on' }))
