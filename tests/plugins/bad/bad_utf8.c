#include "minimal.h"
SPOIL(pipelines[0].name.data = "w\xffrk")
