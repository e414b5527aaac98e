// 候补状态: the same page under the address that the plan names.
const entryPage = require('../../page/entry-page');

Page(entryPage());
