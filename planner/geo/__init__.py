"""Places, distances and legal legs on the WGS84 ellipsoid."""
