"""SAC-AE updates from pixels in plain PyTorch, the peer of `mtrl bench update --all`.

Written the way PyTorch is usually written: modules, optimisers, `backward`. Same work as ours: one task,
128 rows of three stacked frames (9 x 84 x 84 bytes), 4 convolutions of 32 filters, encodings of 50, hidden
layers of 2 x 1024, twin critics with targets, a decoder that reconstructs every observation; actor,
temperature and targets learn every second update, as in mtrl. The actor's convolutions are the critic's;
where no gradient reaches the convolutions, they are computed once for actor and critic.

Environment: COMPARE_THREADS; COMPARE_DEVICE, cpu by default; COMPARE_FORMAT = contiguous, channels_last or, by default, the faster one;
COMPARE_DECODER = convolution computes transposed convolutions of stride 1 as convolutions of a padded image.

Protocol: prints "ready" and a line about its settings, then for each line "N" on standard input runs N pairs
of updates and prints, for each, the mean milliseconds of one update by the clock and by processors. Ends at
end of input.
"""
import copy
import json
import math
import os
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

BATCH, CHANNELS, SIDE, ACTIONS = 128, 9, 84, 2
LAYERS, FILTERS, SMALL, FEATURE, HIDDEN = 4, 32, 35, 50, 1024
GAMMA, TAU, ENCODER_TAU, RATE = 0.99, 0.01, 0.05, 1e-3
LOWEST, HIGHEST = -10.0, 2.0


def mlp(inputs, outputs):
    return nn.Sequential(
        nn.Linear(inputs, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, outputs),
    )


class Convolutions(nn.Module):
    def __init__(self, memory_format):
        super().__init__()
        layers = [nn.Conv2d(CHANNELS, FILTERS, 3, stride=2), nn.ReLU(inplace=True)]
        for _ in range(LAYERS - 1):
            layers += [nn.Conv2d(FILTERS, FILTERS, 3), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.memory_format = memory_format

    def forward(self, obs):
        pixels = obs.to(torch.float32, memory_format=self.memory_format) / 255.0
        return self.layers(pixels).flatten(1)


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm = nn.Linear(FILTERS * SMALL * SMALL, FEATURE), nn.LayerNorm(FEATURE)

    def forward(self, x):
        return torch.tanh(self.norm(self.linear(x)))


class Padded(nn.ConvTranspose2d):
    """A transposed convolution of stride 1 as a convolution of the padded image."""

    def forward(self, x):
        return F.conv2d(x, self.weight.transpose(0, 1).flip(2, 3), self.bias, padding=2)


class Decoder(nn.Module):
    def __init__(self, memory_format):
        super().__init__()
        inner = Padded if os.environ.get("COMPARE_DECODER") == "convolution" else nn.ConvTranspose2d
        self.linear = nn.Linear(FEATURE, FILTERS * SMALL * SMALL)
        layers = []
        for _ in range(LAYERS - 1):
            layers += [inner(FILTERS, FILTERS, 3), nn.ReLU(inplace=True)]
        layers.append(nn.ConvTranspose2d(FILTERS, CHANNELS, 3, stride=2, output_padding=1))
        self.layers = nn.Sequential(*layers)
        self.memory_format = memory_format

    def forward(self, h):
        image = F.relu(self.linear(h)).view(-1, FILTERS, SMALL, SMALL)
        return self.layers(image.contiguous(memory_format=self.memory_format))


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.head, self.net = Head(), mlp(FEATURE, 2 * ACTIONS)

    def forward(self, features):
        mean, log_std = self.net(self.head(features)).chunk(2, dim=-1)
        log_std = LOWEST + 0.5 * (HIGHEST - LOWEST) * (torch.tanh(log_std) + 1.0)
        noise = torch.randn_like(mean)
        raw = mean + noise * log_std.exp()
        log_prob = (-0.5 * noise.pow(2) - log_std - 0.5 * math.log(2 * math.pi)).sum(-1)
        log_prob = log_prob - (2 * (math.log(2) - raw - F.softplus(-2 * raw))).sum(-1)
        return torch.tanh(raw), log_prob


class Critic(nn.Module):
    def __init__(self, memory_format):
        super().__init__()
        self.convolutions, self.head = Convolutions(memory_format), Head()
        self.q1, self.q2 = mlp(FEATURE + ACTIONS, 1), mlp(FEATURE + ACTIONS, 1)

    def values(self, features, action):
        x = torch.cat([self.head(features), action], dim=-1)
        return self.q1(x).squeeze(-1), self.q2(x).squeeze(-1)

    def forward(self, obs, action):
        return self.values(self.convolutions(obs), action)

    def encode(self, obs):
        return self.head(self.convolutions(obs))

    def encoder(self):
        return [*self.convolutions.parameters(), *self.head.parameters()]

    def trunks(self):
        return [*self.q1.parameters(), *self.q2.parameters()]


class Agent:
    def __init__(self, memory_format):
        self.actor, self.critic, self.decoder = Actor(), Critic(memory_format), Decoder(memory_format)
        if memory_format is torch.channels_last:
            self.critic.to(memory_format=memory_format)
            self.decoder.to(memory_format=memory_format)
        self.target = copy.deepcopy(self.critic).requires_grad_(False)
        self.log_alpha = torch.full((), math.log(0.1), requires_grad=True)
        adam = torch.optim.Adam
        self.actor_adam = adam(self.actor.net.parameters(), RATE)
        self.critic_adam = adam(self.critic.parameters(), RATE)
        self.alpha_adam = adam([self.log_alpha], 1e-4, betas=(0.5, 0.999))
        self.encoder_adam = adam(self.critic.encoder(), RATE)
        self.decoder_adam = adam(self.decoder.parameters(), RATE, weight_decay=1e-7)


def batch():
    frames = torch.randint(0, 256, (2, BATCH, CHANNELS, SIDE, SIDE), dtype=torch.uint8)
    return frames[0], torch.tanh(torch.randn(BATCH, ACTIONS)), torch.randn(BATCH), frames[1], torch.ones(BATCH)


def improve_critics(a, obs, action, reward, next_obs, going):
    with torch.no_grad():
        next_action, log_prob = a.actor(a.critic.convolutions(next_obs))
        value = torch.min(*a.target(next_obs, next_action)) - a.log_alpha.exp() * log_prob
        wanted = reward + GAMMA * going * value
    q1, q2 = a.critic(obs, action)
    loss = F.mse_loss(q1, wanted) + F.mse_loss(q2, wanted)
    a.critic_adam.zero_grad()
    loss.backward()
    a.critic_adam.step()


def improve_actor(a, obs):
    with torch.no_grad():
        features = a.critic.convolutions(obs)
    a.critic.requires_grad_(False)
    action, log_prob = a.actor(features)
    loss = (a.log_alpha.exp().detach() * log_prob - torch.min(*a.critic.values(features, action))).mean()
    a.actor_adam.zero_grad()
    loss.backward()
    a.actor_adam.step()
    a.critic.requires_grad_(True)

    alpha_loss = (a.log_alpha.exp() * (-log_prob.detach() + ACTIONS)).mean()
    a.alpha_adam.zero_grad()
    alpha_loss.backward()
    a.alpha_adam.step()


def follow(a):
    with torch.no_grad():
        for tau, slow, fast in [
            (ENCODER_TAU, a.target.encoder(), a.critic.encoder()), (TAU, a.target.trunks(), a.critic.trunks())
        ]:
            for s, f in zip(slow, fast):
                s.lerp_(f, tau)


def reconstruct(a, obs):
    target = torch.div(obs, 8, rounding_mode="floor").float() / 32 + torch.rand(obs.shape) / 32 - 0.5
    loss = F.mse_loss(a.decoder(a.critic.encode(obs)), target)
    a.encoder_adam.zero_grad()
    a.decoder_adam.zero_grad()
    loss.backward()
    a.encoder_adam.step()
    a.decoder_adam.step()


def pair_of_updates(a, obs, action, reward, next_obs, going):
    for step in range(2):
        improve_critics(a, obs, action, reward, next_obs, going)
        if step == 0:
            improve_actor(a, obs)
            follow(a)
        reconstruct(a, obs)


DEVICE = os.environ.get("COMPARE_DEVICE", "cpu")


def synchronise():
    if DEVICE != "cpu":
        torch.cuda.synchronize()


def timed(a, data):
    start, busy = time.perf_counter(), time.process_time()
    pair_of_updates(a, *data)
    synchronise()
    return [500.0 * (time.perf_counter() - start), 500.0 * (time.process_time() - busy)]


def main():
    if DEVICE != "cpu":
        torch.set_default_device(DEVICE)
        torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)
    threads = os.environ.get("COMPARE_THREADS")
    if threads:
        torch.set_num_threads(int(threads))
    data = batch()
    formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
    chosen = os.environ.get("COMPARE_FORMAT")
    agents = {name: Agent(formats[name]) for name in ([chosen] if chosen else formats)}
    for a in agents.values():
        timed(a, data)
    best = min(agents, key=lambda name: timed(agents[name], data)[0])
    about = {"torch": torch.__version__, "threads": torch.get_num_threads(), "format": best}
    print("ready", json.dumps(about), flush=True)
    for line in sys.stdin:
        print(json.dumps([timed(agents[best], data) for _ in range(int(line))]), flush=True)


if __name__ == "__main__":
    main()
