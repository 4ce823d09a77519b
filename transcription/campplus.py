# mypy: disallow-subclassing-any=False
"""CAM++: a voice's embedding from a densely connected TDNN (Wang et al., Interspeech 2023).

Written from the paper; module names are those of the published checkpoint, so that it loads as is.
"""

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional


class CamPlusPlus(nn.Module):
    """(batch, frames, 80) mean-normalised log-mel features → (batch, 192) embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _FrontEnd()
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["tdnn"] = _Tdnn(self.head.channels, _FIRST, kernel=5, stride=2)
        channels = _FIRST
        for number, (depth, dilation) in enumerate(_BLOCKS, 1):
            layers[f"block{number}"] = _DenseBlock(channels, depth, dilation)
            channels += depth * _GROWTH
            layers[f"transit{number}"] = _Transit(channels)
            channels //= 2
        layers["out_nonlinear"] = _Nonlinear(channels)
        layers["stats"] = _MeanAndDeviation()
        layers["dense"] = _Projection(2 * channels)
        self.xvector = nn.Sequential(layers)

    @classmethod
    def load(cls, checkpoint: Path) -> "CamPlusPlus":
        """The published weights, ready to embed; raises RuntimeError if a tensor does not fit."""
        network = cls()
        network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
        network.eval()
        return network

    def forward(self, features: Tensor) -> Tensor:
        embedding: Tensor = self.xvector(self.head(features.transpose(1, 2)))
        return embedding


class _Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut; `stride` halves frequency only."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.conv1 = _convolution((stride, 1))
        self.bn1 = nn.BatchNorm2d(_HEAD)
        self.conv2 = _convolution((1, 1))
        self.bn2 = nn.BatchNorm2d(_HEAD)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(_HEAD, _HEAD, 1, (stride, 1), bias=False), nn.BatchNorm2d(_HEAD)
            )

    def forward(self, inputs: Tensor) -> Tensor:
        outputs = functional.relu_(self.bn1(self.conv1(inputs)))
        return functional.relu_(self.bn2(self.conv2(outputs)) + self.shortcut(inputs))


class _FrontEnd(nn.Module):
    """A small 2-D network over the spectrogram: 80 bins become 10, 32 channels each."""

    channels = 320

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, _HEAD, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(_HEAD)
        self.layer1 = nn.Sequential(_Residual(2), _Residual(1))
        self.layer2 = nn.Sequential(_Residual(2), _Residual(1))
        self.conv2 = _convolution((2, 1))
        self.bn2 = nn.BatchNorm2d(_HEAD)

    def forward(self, features: Tensor) -> Tensor:
        maps = functional.relu_(self.bn1(self.conv1(features.unsqueeze(1))))
        maps = functional.relu_(self.bn2(self.conv2(self.layer2(self.layer1(maps)))))
        return maps.flatten(1, 2)


class _Nonlinear(nn.Sequential):
    def __init__(self, channels: int) -> None:
        super().__init__(
            OrderedDict(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU(inplace=True))
        )


class _Tdnn(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.nonlinear = _Nonlinear(outputs)

    def forward(self, frames: Tensor) -> Tensor:
        outputs: Tensor = self.nonlinear(self.linear(frames))
        return outputs


class _ContextMask(nn.Module):
    """Context-aware masking: a local convolution, weighted by what is heard around it."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(
            channels, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(channels, channels // 2, 1)
        self.linear2 = nn.Conv1d(channels // 2, _GROWTH, 1)

    def forward(self, frames: Tensor) -> Tensor:
        # One value a segment of 100 frames; the last segment may be shorter.
        segments = functional.avg_pool1d(frames, _SEGMENT, ceil_mode=True)
        context = frames.mean(-1, keepdim=True) + segments
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
        wide = mask.repeat_interleave(_SEGMENT, -1)[..., : frames.shape[-1]]
        outputs: Tensor = self.linear_local(frames) * wide
        return outputs


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _Nonlinear(channels)
        self.linear1 = nn.Conv1d(channels, _FIRST, 1, bias=False)
        self.nonlinear2 = _Nonlinear(_FIRST)
        self.cam_layer = _ContextMask(_FIRST, dilation)

    def forward(self, frames: Tensor) -> Tensor:
        outputs: Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(frames))))
        return outputs


class _DenseBlock(nn.ModuleDict):
    """Every layer sees the outputs of all before it."""

    def __init__(self, channels: int, depth: int, dilation: int) -> None:
        super().__init__(
            {
                f"tdnnd{number + 1}": _DenseLayer(channels + number * _GROWTH, dilation)
                for number in range(depth)
            }
        )

    def forward(self, frames: Tensor) -> Tensor:
        for layer in self.values():
            frames = torch.cat((frames, layer(frames)), 1)
        return frames


class _Transit(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _Nonlinear(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, frames: Tensor) -> Tensor:
        outputs: Tensor = self.linear(self.nonlinear(frames))
        return outputs


class _MeanAndDeviation(nn.Module):
    def forward(self, frames: Tensor) -> Tensor:
        return torch.cat((frames.mean(-1), frames.std(-1, unbiased=True)), 1)


class _Projection(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, DIMENSION, 1, bias=False)
        self.nonlinear = nn.Sequential(
            OrderedDict(batchnorm=nn.BatchNorm1d(DIMENSION, affine=False))
        )

    def forward(self, statistics: Tensor) -> Tensor:
        outputs: Tensor = self.nonlinear(self.linear(statistics.unsqueeze(-1)).squeeze(-1))
        return outputs


def _convolution(stride: tuple[int, int]) -> nn.Conv2d:
    return nn.Conv2d(_HEAD, _HEAD, 3, stride, 1, bias=False)


DIMENSION = 192
# The architecture of the checkpoint, not tunable: (layers, dilation) of the three dense blocks.
_BLOCKS = ((12, 1), (24, 2), (16, 2))
_FIRST = 128
_GROWTH = 32
_HEAD = 32
_SEGMENT = 100
