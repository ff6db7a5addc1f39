using MtrlFunctional.Tasks;

namespace MtrlFunctional.Tests.Docs;

/// <summary>
/// C# of the documentation that stands nowhere else: compiled, so that a page shows only what compiles
/// (the test <c>snippets of the documentation</c> compares them). What it calls has tests of its own.
/// </summary>
internal static class Snippets
{
    // eng/package/README.md
    internal static float[] FirstProgram()
    {
        using var policy = Policy.Load("policy:mt10");
        using var environment = MetaWorld.Make("door-open");
        var played = policy.Play(environment);                                // success, return, steps
        var (observation, _) = environment.Reset();
        float[] action = policy.Act(observation, "door-open");
        return played.Success == true ? action : [];
    }

    // docs/guides/using-a-policy.md
    internal static void UsePolicy(double[] observation, GymEnvironment environment)
    {
        using var policy = Policy.Load("policy:mt10");              // a shipped policy, a file, or the folder of a run
        var action = policy.Act(observation, "door-open");          // 39 numbers, double or float, to float[4], greedy
        policy.Act(observation, task: 0, action);                   // the same into an array of yours, which allocates nothing
        var played = policy.Play(environment);                      // an episode of MetaWorld.Make("door-open"): success, return, steps
    }

    // docs/guides/packages.md
    internal static void ActAlone(double[] observation)
    {
        using var policy = OnnxPolicy.Load("policy:mt10");          // a shipped policy, or a file of './mtrl export RUN --onnx FILE'
        var action = policy.Act(observation, "door-open");          // 39 numbers, double or float, to float[4], greedy
        policy.Act(observation, task: 0, action);                   // the same into an array of yours, which allocates nothing
    }

    // docs/guides/using-a-policy.md
    internal static void UseAPolicyWithAMemory(Policy policy, float[] observation, float[] action, double reward, bool ended)
    {
        var session = policy.Start("door-open");
        session.Act(observation, action);              // the observation of the environment
        session.Observe(reward, ended);                // after each step; ended: the next observation begins another episode
        session.Restart();                             // before another trial: another goal, another robot
    }

    // docs/guides/mixed-spaces.md
    internal static TaskSizes ActInATask(ReadOnlySpan<float> observation, Span<float> action)
    {
        using var policy = Policy.Load("runs/three/seed-1");
        var sizes = policy.SizesOf(task: 1);                        // 24 numbers to 6
        policy.Act(observation, task: 1, action);                   // float[24] to float[6], or rows: float[39] to float[6]
        return sizes;
    }

    // docs/guides/mixed-spaces.md
    internal static void JoinFamilies(MetaWorldFamily metaWorld, DmControlFamily walker)
    {
        using var environments = new VectorEnvironment(new MixedFamily([metaWorld, walker], ["walker-walk", "reach-v3"]));
        environments.Reset();
    }

    // docs/guides/extending.md
    internal static void PassOwnParts()
    {
        var extensions = new Extensions
        {
            Surgery = [Method.Create("agreement", problem => Weigh(problem.Gram))],
            Callbacks = new Callbacks
            {
                OnEvaluation = moment => moment.Evaluation!.SuccessEver > 0.95 ? RunDecision.Stop : RunDecision.Continue,
            },
        };
        var experiment = ExperimentBuilder.Resolve(extensions, "preset=fast/mt10", "agent.surgery.method=agreement");
        using var run = TrainingRun.Start(experiment, extensions);
        run.Run();
        using var policy = Policy.Load(run.Folder.Path, extensions: extensions);
    }

    // docs/guides/dm-control.md
    internal static void StepVariants()
    {
        using var family = new DmControlFamily(new DmControlFamilyOptions
        {
            Tasks = [.. DmControlTasks.Variants(Variations.WalkerFoot, Walker.Walk)],
            ActionRepeat = 2,
            Sticky = new StickyObservation(probability: 0.1, lastK: 3),
        });
        using var environments = new VectorEnvironment(family);
    }

    // docs/guides/environments.md
    internal static void UseGymnasiumsInterface(float[] actions)
    {
        using var environment = MetaWorld.Make("reach-v3", new() { Seed = 42 });
        var (observation, info) = environment.Reset();
        var (next, reward, terminated, truncated, step) = environment.Step([0.5f, 0, 0, 1]);

        using var environments = MetaWorld.MakeVector("MT10", new() { Seed = 42, OneHot = true });
        environments.Reset();
        var (observations, rewards, ended, cut, infos) = environments.Step(actions);   // actions: float[10 * 4]
    }

    // docs/guides/pictures.md
    internal static void DrawOne(MetaWorldTask task, double[] goal)
    {
        using var scenes = new SceneLibrary();
        using var environment = new MetaWorldEnvironment(task, scenes);
        environment.Reset(goal);
        using var renderer = new Renderer(environment.World.Model, width: 640, height: 480);
        renderer.Render(environment.World, Camera.Overview).SavePng("world.png");
    }

    // docs/guides/pictures.md
    internal static void ObserveFrames(float[] actions)
    {
        using var environments = new VectorEnvironment(
            new DmControlFamily(new DmControlFamilyOptions { Tasks = [.. DmControlTasks.Standard], ActionRepeat = 2 }),
            new VectorEnvironmentOptions { Threads = 2 });
        using var observer = new FrameObserver(environments, new FrameOptions { Width = 84, Height = 84, Stack = 3 });
        environments.Reset();
        observer.Observe();                  // the first frame fills the stack
        environments.Step(actions);
        observer.Observe();                  // last frames of episodes that ended
        environments.ResetFinished();
        observer.Observe();
        ReadOnlySpan<byte> frames = observer.FramesOf(0);   // [9; 84; 84]
    }

    // docs/guides/pixels.md
    internal static void StoreImages(float[] actions)
    {
        var states = new DmControlFamily(new DmControlFamilyOptions { Tasks = [.. DmControlTasks.Standard], ActionRepeat = 2 });
        using var environments = new VectorEnvironment(new PictureFamily(states), new VectorEnvironmentOptions { Threads = 2 });
        using var replay = new TaskReplay(new ReplayShape
        {
            Tasks = environments.Count,
            Spec = environments.Spec,   // bytes, the oldest image first
            CapacityPerTask = 5_000,
        });
        environments.Reset();
        replay.BeginEpisode(0, environments.Rows.Row(0, environments.ObservationSize));
        environments.Step(actions);
        replay.Add(0, actions[..6], environments.Rewards[0], environments.NextRows.Row(0, environments.ObservationSize), terminal: false);
    }

    // Coefficients of the method in extending.md: each task has the same part.
    private static double[] Weigh(Gram gram) => [.. Enumerable.Repeat(1.0, gram.Size)];
}
