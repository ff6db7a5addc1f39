"""Parts of an iteration of MT-PPO and MT-TRPO in plain PyTorch, the peer of `mtrl bench iteration`.

Same work as ours with garage's settings: 100 episodes of 500 steps, observation 39 + one-hot task 10, action 4, tanh
networks of 64 and 32 units (policy) and 32 and 32 (value), generalised advantages, and
  ppo   ten passes of Adam over minibatches of 64 for the policy, and ten for the value function;
  trpo  one natural step of the policy (ten conjugate gradients, Hessian products by differentiating twice, line
        search), and ten passes for the value function;
  act   the policy at one observation, as a sampler asks it at each step: a batch of one, a normal distribution, a sample,
        and numbers of both as arrays.

Protocol: prints "ready" and a line about its settings, then for each line "WHAT N" on standard input runs that part N
times and prints, for each, milliseconds of the clock and of processors. Ends at end of input.
"""
import json
import math
import os
import sys
import time

import numpy
import torch
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence

EPISODES, STEPS, OBS, ACTIONS, TASKS = 100, 500, 49, 4, 10
GAMMA, LAMBDA, CLIP, RATE, PASSES, MINIBATCH = 0.99, 0.95, 0.2, 2.5e-4, 10, 64
MAX_KL, DAMPING, ITERATIONS, TRIES, SHRINK = 0.01, 1e-5, 10, 15, 0.8
# Acting is so short that many calls are timed together.
CALLS = 2000


class Gaussian(nn.Module):
    def __init__(self, hidden, outputs):
        super().__init__()
        widths = [OBS, *hidden]
        layers = []
        for inputs, units in zip(widths, hidden):
            layers += [nn.Linear(inputs, units), nn.Tanh()]
        self.mean = nn.Sequential(*layers, nn.Linear(widths[-1], outputs))
        self.log_std = nn.Parameter(torch.zeros(outputs))

    def forward(self, obs):
        mean = self.mean(obs)
        std = self.log_std.clamp(min=math.log(1e-6)).exp()
        return Independent(Normal(mean, std.expand_as(mean)), 1)


def build():
    policy, value = Gaussian((64, 32), ACTIONS), Gaussian((32, 32), 1)
    rows = EPISODES * STEPS
    task = torch.arange(EPISODES).remainder(TASKS).repeat_interleave(STEPS)
    obs = torch.cat([torch.randn(rows, OBS - TASKS), nn.functional.one_hot(task, TASKS).float()], dim=-1)
    with torch.no_grad():
        action = policy(obs).sample()
    adams = [torch.optim.Adam(part.parameters(), RATE) for part in (policy, value)]
    return policy, value, adams, obs, action, torch.randn(EPISODES, STEPS)


def prepared(policy, value, obs, action, reward):
    """Log π and distribution before, centred advantages, returns; all rows in one vector."""
    with torch.no_grad():
        values = value.mean(obs).reshape(EPISODES, STEPS)
        following = torch.cat([values[:, 1:], torch.zeros(EPISODES, 1)], dim=1)
        delta = reward + GAMMA * following - values
        advantage, returns = torch.empty_like(reward), torch.empty_like(reward)
        gained, earned = torch.zeros(EPISODES), torch.zeros(EPISODES)
        for t in reversed(range(STEPS)):
            gained = delta[:, t] + GAMMA * LAMBDA * gained
            earned = reward[:, t] + GAMMA * earned
            advantage[:, t], returns[:, t] = gained, earned
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        before = policy(obs)
        return before, before.log_prob(action), advantage.flatten(), returns.flatten()


def passes(adam, rows, loss):
    for _ in range(PASSES):
        order = torch.from_numpy(numpy.random.permutation(rows))
        for places in order.split(MINIBATCH):
            adam.zero_grad()
            loss(places).backward()
            adam.step()


def fit_value(value, adam, obs, returns):
    passes(adam, len(obs), lambda i: -value(obs[i]).log_prob(returns[i].unsqueeze(-1)).mean())


def measured(policy, value, obs, action, before, log_prob, advantage, returns):
    """What is logged: losses, divergence and entropy of all rows."""
    with torch.no_grad():
        now = policy(obs)
        ratio = (now.log_prob(action) - log_prob).exp()
        numbers = (ratio * advantage).mean(), kl_divergence(before, now).mean(), now.entropy().mean()
        return [float(x) for x in numbers] + [float(value(obs).log_prob(returns.unsqueeze(-1)).mean())]


def ppo(policy, value, adams, obs, action, reward):
    before, log_prob, advantage, returns = prepared(policy, value, obs, action, reward)

    def loss(i):
        ratio = (policy(obs[i]).log_prob(action[i]) - log_prob[i]).exp()
        clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
        return -torch.min(ratio * advantage[i], clipped * advantage[i]).mean()

    passes(adams[0], len(obs), loss)
    fit_value(value, adams[1], obs, returns)
    measured(policy, value, obs, action, before, log_prob, advantage, returns)


def flat(tensors):
    return torch.cat([x.reshape(-1) for x in tensors])


def trpo(policy, value, adams, obs, action, reward):
    before, log_prob, advantage, returns = prepared(policy, value, obs, action, reward)
    parameters = list(policy.parameters())

    def loss():
        return -((policy(obs).log_prob(action) - log_prob).exp() * advantage).mean()

    def divergence():
        return kl_divergence(before, policy(obs)).mean()

    start = flat(parameters).detach()
    first = loss()
    gradient = flat(torch.autograd.grad(first, parameters))
    slope = flat(torch.autograd.grad(divergence(), parameters, create_graph=True))

    def product(v):
        return flat(torch.autograd.grad((slope * v).sum(), parameters, retain_graph=True)) + DAMPING * v

    x, residual, direction = torch.zeros_like(gradient), gradient.clone(), gradient.clone()
    squared = residual @ residual
    for _ in range(ITERATIONS):
        curved = product(direction)
        length = squared / (direction @ curved)
        x += length * direction
        residual -= length * curved
        after = residual @ residual
        direction = residual + after / squared * direction
        squared = after
        if squared < 1e-10:
            break
    step = torch.sqrt(2 * MAX_KL / (x @ product(x) + 1e-8)) * x

    with torch.no_grad():
        for k in range(TRIES):
            nn.utils.vector_to_parameters(start - SHRINK**k * step, parameters)
            if loss() < first and divergence() <= MAX_KL:
                break
    fit_value(value, adams[1], obs, returns)
    measured(policy, value, obs, action, before, log_prob, advantage, returns)


def act(policy, value, adams, obs, action, reward):
    one = obs[0].numpy()
    for _ in range(CALLS):
        with torch.no_grad():
            proposed = policy(torch.as_tensor(one).unsqueeze(0))
            proposed.sample().squeeze(0).numpy()
            proposed.mean.squeeze(0).numpy()
            proposed.base_dist.scale.log().squeeze(0).numpy()


def main():
    torch.manual_seed(1)
    threads = os.environ.get("COMPARE_THREADS")
    if threads:
        torch.set_num_threads(int(threads))
    parts = build()
    act(*parts)
    about = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    print("ready", json.dumps(about), flush=True)
    for line in sys.stdin:
        what, count = line.split()
        body, share = {"ppo": (ppo, 1), "trpo": (trpo, 1), "act": (act, CALLS)}[what]
        times = []
        for _ in range(int(count)):
            start, busy = time.perf_counter(), time.process_time()
            body(*parts)
            elapsed = time.perf_counter() - start, time.process_time() - busy
            times.append([1000.0 * seconds / share for seconds in elapsed])
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
