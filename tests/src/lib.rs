//! What crosses layers: a client of the contract, and worlds to play it in.
