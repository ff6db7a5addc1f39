// Trains a small policy for two tasks through the facade, then evaluates its checkpoint.
//
//   dotnet run --project samples/QuickStart -c Release      (key=value words may follow after --)
using MtrlFunctional;
using MtrlFunctional.Training;

string[] words =
[
    "env=metaworld-mt10",
    "env.tasks=[reach-v3, drawer-close-v3]",
    "agent=state_sac",
    "setup.name=sample",
    "setup.seed=1",
    "agent.actor.hidden_dim=64",
    "replay_buffer.batch_size=128",
    "experiment.init_steps=300",
    "experiment.num_train_steps=1500",
    "experiment.eval_freq=750",
    "experiment.num_eval_episodes=3",
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
