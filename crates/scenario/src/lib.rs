//! Site file, demand, generators and import of foreign networks.
