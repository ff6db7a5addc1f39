namespace MtrlFunctional.Training;

// The choices that most programs make, by name; Set gives any key.
public sealed partial record ExperimentBuilder
{
    /// <summary>Environments with the agent and the settings that are usual for them.</summary>
    /// <param name="environments">As <c>mtrl list envs</c> prints it: "metaworld-mt10", "dmc-cartpole-swingup".</param>
    public static ExperimentBuilder On(string environments) => Of($"env={environments}");

    /// <summary>One task of Meta-World with MT-SAC.</summary>
    /// <param name="task">As <c>mtrl list tasks</c> prints it: "door-open".</param>
    public static ExperimentBuilder Mt1(string task) => On("metaworld-mt1").Set("env.benchmark.env_name", task);

    /// <summary>Another agent, whose keys have their defaults.</summary>
    /// <param name="name">As <c>mtrl list agents</c> prints it: "mtppo".</param>
    public ExperimentBuilder Agent(string name) => Set("agent", name);

    /// <summary>A network of actor and critics, or of policy and value function.</summary>
    /// <param name="name">"paco", "own/NAME".</param>
    public ExperimentBuilder Network(string name) => Set("agent.multitask.model", name);

    /// <summary>A method of gradient surgery.</summary>
    /// <param name="name">"pcgrad".</param>
    public ExperimentBuilder Surgery(string name) => Set("agent.surgery.method", name);

    /// <summary>Tasks of the environments in place of all of them.</summary>
    /// <param name="names">Names of tasks; their order is that of the tasks' indices.</param>
    public ExperimentBuilder Tasks(params IEnumerable<string> names) => Set("env.tasks", $"[{string.Join(',', names)}]");

    /// <summary>The hidden layers of the actor or policy; critics and value functions follow, where a preset gives them none of their own.</summary>
    /// <param name="width">Units of a hidden layer.</param>
    /// <param name="layers">Hidden layers.</param>
    public ExperimentBuilder Hidden(int width, int layers) => Set("agent.actor.hidden_dim", width).Set("agent.actor.num_layers", layers);

    /// <summary>The place of the runs: <c>FOLDER/NAME/seed-1</c>.</summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="name">A folder in it.</param>
    public ExperimentBuilder In(string folder, string name) => Set("setup.base_path", folder).Set("setup.name", name);

    /// <summary>The seeds of the runs.</summary>
    /// <param name="first">From 0.</param>
    /// <param name="count">Runs, one after the other, with successive seeds.</param>
    public ExperimentBuilder Seeds(long first, int count = 1) => Set("setup.seed_ref", first).Set("setup.num_seeds", count);

    /// <summary>The length of a run.</summary>
    /// <param name="steps">Steps of each task's environment.</param>
    public ExperimentBuilder Steps(int steps) => Set("experiment.num_train_steps", steps);

    /// <summary>The evaluations of a run.</summary>
    /// <param name="every">Steps of each task's environment between two.</param>
    /// <param name="episodes">Episodes of each task.</param>
    public ExperimentBuilder Evaluations(int every, int episodes) =>
        Set("experiment.eval_freq", every).Set("experiment.num_eval_episodes", episodes);

    /// <summary>The threads of updates and environments.</summary>
    /// <param name="count">At least 1.</param>
    public ExperimentBuilder Threads(int count) => Set("setup.threads", count);
}
