"""One multi-task SAC update in plain PyTorch, the peer of `mtrl bench update`.

Written the way PyTorch is usually written: modules, optimisers, `backward`, critics frozen while
the actor learns. Same work as ours: 10 tasks, 128 rows each, observation 39 + one-hot task 10,
action 4, three hidden layers of 400, twin critics with targets, one temperature per task.

Environment: COMPARE_THREADS; COMPARE_DEVICE, cpu by default; on a GPU COMPARE_ADAM = fused, and COMPARE_GRAPH = 1
records an update as a CUDA graph and replays that.

Protocol: prints "ready" and a line about its settings, then for each line "N" on standard input
runs N updates and prints, for each, milliseconds of the clock and of processors. Ends at end of input.
"""
import json
import math
import os
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

TASKS, ROWS, OBS, ACTIONS, HIDDEN = 10, 128, 49, 4, 400
GAMMA, TAU, RATE = 0.99, 0.005, 3e-4


def mlp(inputs, outputs):
    return nn.Sequential(
        nn.Linear(inputs, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, outputs),
    )


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp(OBS, 2 * ACTIONS)

    def forward(self, obs):
        mean, log_std = self.net(obs).chunk(2, dim=-1)
        log_std = -20.0 + 0.5 * 22.0 * (torch.tanh(log_std) + 1.0)
        noise = torch.randn_like(mean)
        raw = mean + noise * log_std.exp()
        log_prob = (-0.5 * noise.pow(2) - log_std - 0.5 * math.log(2 * math.pi)).sum(-1)
        log_prob -= (2 * (math.log(2) - raw - F.softplus(-2 * raw))).sum(-1)
        return torch.tanh(raw), log_prob


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.q1, self.q2 = mlp(OBS + ACTIONS, 1), mlp(OBS + ACTIONS, 1)

    def forward(self, obs, action):
        x = torch.cat([obs, action], dim=-1)
        return self.q1(x).squeeze(-1), self.q2(x).squeeze(-1)


def build():
    actor, critic, target = Actor(), Critic(), Critic()
    target.load_state_dict(critic.state_dict())
    target.requires_grad_(False)
    log_alpha = torch.zeros(TASKS, requires_grad=True)
    options = {"fused": True} if os.environ.get("COMPARE_ADAM") == "fused" else {}
    if os.environ.get("COMPARE_GRAPH"):
        options["capturable"] = True

    def adam(parameters, rate):
        return torch.optim.Adam(parameters, rate, **options)

    optimisers = (adam(actor.parameters(), RATE), adam(critic.parameters(), RATE), adam([log_alpha], RATE))

    size = TASKS * ROWS
    task = torch.arange(TASKS).repeat_interleave(ROWS)
    one_hot = F.one_hot(task, TASKS).float()
    obs = torch.cat([torch.randn(size, OBS - TASKS), one_hot], dim=-1)
    next_obs = torch.cat([torch.randn(size, OBS - TASKS), one_hot], dim=-1)
    batch = (obs, torch.tanh(torch.randn(size, ACTIONS)), torch.randn(size), next_obs, torch.ones(size), task)
    return actor, critic, target, log_alpha, optimisers, batch


def update(actor, critic, target, log_alpha, optimisers, batch):
    obs, action, reward, next_obs, going, task = batch
    actor_adam, critic_adam, alpha_adam = optimisers
    alpha = log_alpha.detach().exp()[task]

    with torch.no_grad():
        next_action, next_log_prob = actor(next_obs)
        value = torch.min(*target(next_obs, next_action)) - alpha * next_log_prob
        wanted = reward + GAMMA * going * value
    q1, q2 = critic(obs, action)
    critic_loss = F.mse_loss(q1, wanted) + F.mse_loss(q2, wanted)
    critic_adam.zero_grad()
    critic_loss.backward()
    critic_adam.step()

    critic.requires_grad_(False)
    new_action, log_prob = actor(obs)
    actor_loss = (alpha * log_prob - torch.min(*critic(obs, new_action))).mean()
    actor_adam.zero_grad()
    actor_loss.backward()
    actor_adam.step()
    critic.requires_grad_(True)

    alpha_loss = (log_alpha.exp()[task] * (-log_prob.detach() + ACTIONS)).mean()
    alpha_adam.zero_grad()
    alpha_loss.backward()
    alpha_adam.step()

    with torch.no_grad():
        for slow, fast in zip(target.parameters(), critic.parameters()):
            slow.lerp_(fast, TAU)


def recorded(parts):
    """The update as a CUDA graph: its kernels start together, without Python."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            update(*parts)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        update(*parts)
    return graph.replay


def main():
    device = os.environ.get("COMPARE_DEVICE", "cpu")
    if device != "cpu":
        torch.set_default_device(device)
    torch.manual_seed(1)
    synchronise = (lambda: None) if device == "cpu" else torch.cuda.synchronize
    threads = os.environ.get("COMPARE_THREADS")
    if threads:
        torch.set_num_threads(int(threads))
    parts = build()
    once = recorded(parts) if os.environ.get("COMPARE_GRAPH") else lambda: update(*parts)
    for _ in range(3):
        once()
    synchronise()
    about = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    print("ready", json.dumps(about), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start, busy = time.perf_counter(), time.process_time()
            once()
            synchronise()
            times.append([1000.0 * (time.perf_counter() - start), 1000.0 * (time.process_time() - busy)])
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
