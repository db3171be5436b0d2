from .client import ToyClient
