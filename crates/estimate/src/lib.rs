//! What the sensors mean: queues and arrivals per lane.
