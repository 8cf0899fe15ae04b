"""The material library as data: what a material is, its requests, its routes."""
