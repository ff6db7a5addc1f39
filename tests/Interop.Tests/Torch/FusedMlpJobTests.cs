using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Native passes check no bounds: what does not fit is refused before them.</summary>
public class FusedMlpJobTests
{
    [Test]
    public void SizesThatDoNotFitOrOverflowAreRefused()
    {
        using var scope = torch.NewDisposeScope();
        var parameters = torch.zeros([2 + (3 * 4) + 4 + (4 * 2) + 2], ScalarType.Float32, Libtorch.Cpu);
        var network = new FusedMlpNetwork
        {
            Inputs = 3,
            Layers =
            [
                new(4, FusedMlpOwner.All, false, FusedMlpActivation.Relu),
                new(2, FusedMlpOwner.All, false, FusedMlpActivation.Linear),
            ],
            Tasks = 2,
            RowsOfTask = 5,
        };
        var job = new FusedMlpJob
        {
            Network = network,
            StdParameters = 2,
            Loss = FusedMlpLoss.Ratio,
            IsScaled = false,
            Range = 0.2,
            Low = double.NegativeInfinity,
            High = double.PositiveInfinity,
            Entropy = [0, 0],
            MaxNorm = 0,
            Obs = torch.zeros([10, 3], ScalarType.Float32, Libtorch.Cpu),
            Target = torch.zeros([10, 2], ScalarType.Float32, Libtorch.Cpu),
            Before = torch.zeros([10], ScalarType.Float32, Libtorch.Cpu),
            Advantage = [1, 1],
            Places = [0, 9],
            Starts = [0, 2],
        };
        Assert.That(job.Fits(parameters) && job.HasAdvantages, Is.True);

        var (first, last) = (network.Layers[0], network.Layers[1]);
        FusedMlpJob With(FusedMlpNetwork other) => job with { Network = other };
        FusedMlpJob[] wrong =
        [
            With(network with { Inputs = -1 }),
            With(network with { Inputs = long.MaxValue }),
            With(network with { Tasks = long.MaxValue }),
            With(network with { Tasks = -2 }),
            With(network with { RowsOfTask = long.MaxValue / 2 }),
            With(network with { Layers = [first with { Units = 0 }, last] }),
            With(network with { Layers = [first with { Units = int.MaxValue }, last] }),
            With(network with { Layers = [] }),
            With(network with { Layers = [first, last with { Activation = (FusedMlpActivation)7 }] }),
            With(network with { Layers = [first, last with { Owner = (FusedMlpOwner)3 }] }),
            With(network with { Layers = [first, last with { Owner = FusedMlpOwner.Group }] }),
            With(network with { Groups = [0] }),
            With(network with { Groups = [0, -1] }),
            With(network with { Groups = [0, 2] }),
            job with { StdParameters = -2 },
            job with { StdParameters = 1 },
            job with { Entropy = [0] },
            job with { Loss = (FusedMlpLoss)17 },
            job with { IsScaled = true },
            job with { Low = double.NaN },
            job with { BoundsLoss = double.NaN },
            job with { MeanBound = double.PositiveInfinity },
            job with { Obs = job.Target },
            job with { Target = job.Before },
            job with { Before = job.Target },
            job with { Advantage = [] },
            job with { Places = [0, 10] },
            job with { Places = [-1, 1] },
            job with { Starts = [] },
            job with { Starts = [0, 3] },
            job with { Starts = [0, 2, 1] },
            job with { Parts = 0 },
            job with { Threads = -1 },
        ];
        foreach (var one in wrong)
            Assert.That(one.Fits(parameters) && one.HasAdvantages, Is.False, $"{one}");

        var rule = new AdamRule(1e-3, 0.9, 0.999, 1e-8, 0);
        var (zeros, tooShort) = (parameters.zeros_like(), torch.zeros([1], ScalarType.Float32, Libtorch.Cpu));
        foreach (var (step, mean, square) in new[] { (0L, zeros, zeros), (1L, tooShort, zeros), (1L, zeros, tooShort) })
            Assert.That(() => MtrlFunctional.Tensors.FusedMlp.Epoch(job, rule, step, parameters, mean, square), Throws.InstanceOf<ArgumentException>());
    }
}
