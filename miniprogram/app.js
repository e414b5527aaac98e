const account = require('./utils/account');
const auth = require('./services/auth');
const clock = require('./utils/clock');
const network = require('./utils/network');
const profiles = require('./services/profiles');
const rules = require('./utils/rules');
const storage = require('./utils/storage');
const update = require('./utils/update');

/** How long the last known answers of a page are kept on the phone, in milliseconds. */
const KEPT = 14 * 24 * 60 * 60 * 1000;

App({
  onLaunch() {
    network.watch();
    update.watch();
    storage.forgetAnswers(clock.device() - KEPT);
    // The rules and the login start before the first page asks for them; a failure here is
    // met again, and shown, by the page that needs the answer.
    rules.load();
    const ready = account.token() ? profiles.refresh() : auth.ensure();
    ready.catch((error) => console.warn('app: no login yet', error));
  },

  onShow() {
    network.check();
    // A phone that slept may have had its clock corrected meanwhile.
    clock.sync().catch((error) => console.warn('app: the server\'s clock is not known', error));
  },
});
