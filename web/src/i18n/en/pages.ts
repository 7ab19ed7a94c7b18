/** The texts of the other pages in one language; they come with the first of these pages. */
import account from "./account.json";
import admin from "./admin.json";
import auth from "./auth.json";
import providers from "./providers.json";

export default { account, admin, auth, providers };
