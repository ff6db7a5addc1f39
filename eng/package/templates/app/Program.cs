// Trains a policy for the task reach, then acts with it.
//
//   dotnet run -c Release                                        (any key=value words may follow after --)
//   dotnet run -c Release -- experiment.num_train_steps=100000   (longer)
using MtrlFunctional;
using MtrlFunctional.Environments.Gym;
using MtrlFunctional.Training;

try
{
    string folder;
    var experiment = ExperimentBuilder.Preset("first/reach").In("runs", "app").With(args).Build().Experiment;
    using (var run = TrainingRun.Start(experiment, notice: Console.WriteLine))
    {
        run.Run(progress => Console.Write($"\rstep {progress.Step:N0} of {progress.TotalSteps:N0} "));
        Console.WriteLine($"\nsuccess {run.LastEvaluation?.SuccessEver:P0}");
        folder = run.Folder.Path;
    }

    using var policy = Policy.Load(folder);
    using var environment = MetaWorld.Make("reach-v3", new() { Seed = 1 });
    var played = policy.Play(environment);
    Console.WriteLine($"{(played.Success == true ? "reached the goal" : "did not reach the goal")} in an episode of {played.Steps} steps, return {played.Return:N0}");
    Console.WriteLine($"policy of {policy.Step:N0} steps, {(policy.IsExportable ? "in ONNX Runtime" : "with libtorch")}: {folder}");
    return 0;
}
catch (Exception e) when (e.GetBaseException() is MtrlException or DllNotFoundException)
{
    // The message names what is wrong, such as a word or a missing library, and the remedy.
    Console.Error.WriteLine(e.GetBaseException().Message);
    return 2;
}
