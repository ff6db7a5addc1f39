// Trains a small policy for two tasks through the facade, then evaluates its checkpoint.
//
//   dotnet run --project samples/QuickStart -c Release      (key=value words may follow after --)
using MtrlFunctional;
using MtrlFunctional.Training;

string[] words =
[
    "preset=fast/mt1",
    "env=metaworld-mt10",
    "env.tasks=[reach-v3,drawer-close-v3]",
    "setup.name=sample",
    "setup.seed=1",
    "setup.threads=1",
    "agent.on_policy.batch_size=4000",
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
    var experiment = ExperimentBuilder.Resolve(words);
    string folder;
    using (var run = TrainingRun.Start(experiment))
    {
        run.Run(progress => Console.Write($"\rstep {progress.Step:N0} of {progress.TotalSteps:N0} "));
        folder = run.Folder.Path;
    }

    Console.WriteLine($"\ntrained: {folder}");
    foreach (var task in RunEvaluation.Evaluate(folder, new() { Episodes = 5 }).Tasks)
        Console.WriteLine($"{task.Name,-20} success {task.SuccessEver,5:P0}  return {task.Return,8:N1}");
    return 0;
}
catch (MtrlException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
