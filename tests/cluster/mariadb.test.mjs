// Failover of two MariaDB servers with Galera, of which one is written to, and an arbitrator.
import { testFailover } from './failover.mjs'
import { startGalera } from './galera.mjs'

testFailover(startGalera)
