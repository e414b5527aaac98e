const textField = require('../text-field')

Component(textField('textarea'))
