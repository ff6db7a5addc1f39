// Trains a policy for the task reach, then acts with it.
//
//   dotnet run -c Release                                        (any key=value words may follow after --)
//   dotnet run -c Release -- experiment.num_train_steps=100000   (longer)
using MtrlFunctional;
using MtrlFunctional.Environments.Gym;
using MtrlFunctional.Training;

string[] words =
[
    "preset=fast/mt1",
    "env.benchmark.env_name=reach",
    "setup.name=app",
    "setup.seed=1",
    "setup.threads=1",
    "agent.on_policy.batch_size=2000",
    "agent.on_policy.minibatch_size=200",
    "agent.on_policy.activation=relu",
    "agent.on_policy.noise_correlation=0.8",
    "agent.on_policy.steps_after_success=20",
    "experiment.num_train_steps=40000",
    "experiment.eval_freq=10000",
    "experiment.num_eval_episodes=5",
    .. args,
];

try
{
    string folder;
    using (var run = TrainingRun.Start(ExperimentBuilder.Resolve(words), Console.WriteLine))
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
