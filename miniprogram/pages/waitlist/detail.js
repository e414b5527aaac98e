// 候补详情: the page that messages about a waitlist entry open.
const entryPage = require('../../page/entry-page');

Page(entryPage());
