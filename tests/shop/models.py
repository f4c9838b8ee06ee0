"""A shop's product: what another project builds on the engine, without the gallery."""
