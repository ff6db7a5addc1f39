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
        var job = new FusedMlpJob
        {
            Inputs = 3,
            Layers =
            [
                new(4, FusedMlpOwner.All, false, FusedMlpActivation.Relu),
                new(2, FusedMlpOwner.All, false, FusedMlpActivation.Linear),
            ],
            StdParameters = 2,
            Loss = FusedMlpLoss.Ratio,
            IsScaled = false,
            Tasks = 2,
            RowsOfTask = 5,
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
        Assert.That(job.Fits(parameters), Is.True);

        FusedMlpLayer[] Widened(int units) => [job.Layers[0] with { Units = units }, job.Layers[1]];
        FusedMlpJob[] wrong =
        [
            job with { Inputs = -1 },
            job with { Inputs = long.MaxValue },
            job with { Tasks = long.MaxValue },
            job with { Tasks = -2 },
            job with { RowsOfTask = long.MaxValue / 2 },
            job with { Layers = Widened(0) },
            job with { Layers = Widened(int.MaxValue) },
            job with { Layers = [] },
            job with { Layers = [job.Layers[0], job.Layers[1] with { Activation = (FusedMlpActivation)7 }] },
            job with { Layers = [job.Layers[0], job.Layers[1] with { Owner = (FusedMlpOwner)3 }] },
            job with { Layers = [job.Layers[0], job.Layers[1] with { Owner = FusedMlpOwner.Group }] },
            job with { Groups = [0] },
            job with { Groups = [0, -1] },
            job with { Groups = [0, 2] },
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
            job with { Places = [0, 10] },
            job with { Starts = [0, 3] },
        ];
        foreach (var one in wrong)
            Assert.That(one.Fits(parameters), Is.False, $"{one}");
    }
}
