// Steps the tasks of a Meta-World benchmark in parallel with their scripted experts and prints the results.
//
//   dotnet run --project samples/Environments -c Release                     (MT10, one episode of 500 steps)
//   dotnet run --project samples/Environments -c Release -- MT50 random 200  (random actions, 200 steps)
using System.Diagnostics;
using MtrlFunctional;
using MtrlFunctional.Environments.Gym;

var benchmark = args.ElementAtOrDefault(0) ?? "MT10";
var random = args.ElementAtOrDefault(1) == "random";
if (!int.TryParse(args.ElementAtOrDefault(2) ?? "500", out var steps))
{
    Console.Error.WriteLine($"{args[2]}: is no number of steps.");
    return 2;
}

try
{
    using var environments = MetaWorld.MakeVector(benchmark, new() { Seed = 42, MaxEpisodeSteps = steps });
    var actions = new float[environments.ActionSpace.Size];
    var firstSuccess = new int?[environments.Count];
    var returns = new double[environments.Count];

    environments.Reset();
    var clock = Stopwatch.StartNew();
    for (var step = 1; step <= steps; step++)
    {
        if (random)
            environments.ActionSpace.Sample(seed: 1, number: step).CopyTo(actions, 0);
        else
            environments.ExpertActions(actions);

        var (_, rewards, _, _, info) = environments.Step(actions);
        for (var i = 0; i < environments.Count; i++)
        {
            returns[i] += rewards.Span[i];
            if (info.Steps.Span[i].Success)
                firstSuccess[i] ??= step;
        }
    }

    var seconds = clock.Elapsed.TotalSeconds;
    Console.WriteLine($"{"task",-28} {"first success",13} {"return",9}");
    for (var i = 0; i < environments.Count; i++)
        Console.WriteLine($"{environments.Environments[i].Name,-28} {firstSuccess[i]?.ToString() ?? "-",13} {returns[i],9:N1}");
    Console.WriteLine(
        $"{firstSuccess.Count(s => s is not null)} of {environments.Count} succeeded; "
        + $"{environments.Count * steps / seconds:N0} environment steps a second");
    return 0;
}
catch (MtrlException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
