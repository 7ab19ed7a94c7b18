/** The texts that every view needs, in one language. */
import app from "./app.json";

export default { app };
