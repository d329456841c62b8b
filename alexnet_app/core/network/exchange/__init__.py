"""Weights in and out: torchvision's, Caffe's and ONNX's files become models of this program, and these become such."""
