//! The road network: frozen graph of junctions, links, lanes and movements.
