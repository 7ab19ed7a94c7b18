/** Names of the chat's entries in the query cache. */
export const threadKey = (sessionId: string) => ["thread", sessionId] as const;
