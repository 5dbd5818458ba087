//! What a vehicle's terminal says over TCP by JT/T 808, and what it is answered, as values.
