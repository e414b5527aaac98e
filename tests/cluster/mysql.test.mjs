// Failover of three MySQL servers in one group with a single primary.
import { testFailover } from './failover.mjs'
import { startMysqlGroup } from './mysql-group.mjs'

testFailover(startMysqlGroup)
