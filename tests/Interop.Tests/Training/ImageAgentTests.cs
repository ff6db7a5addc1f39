namespace MtrlFunctional.Tests.Training;

/// <summary>Every agent name that reads images or has models trains on two variants, with the smallest networks.</summary>
public class ImageAgentTests
{
    [TestCase("sac", "critic_loss", Category = LongForm.Only)]
    [TestCase("sac_ae", "ae_loss", Category = LongForm.Only)]
    [TestCase("deepmdp", "ae_loss", "ae_transition_loss", "reward_loss", Category = LongForm.Only)]
    [TestCase("hipbmdp", "ae_loss", "ae_transition_loss", "reward_loss", Category = LongForm.Only)]
    [TestCase("distral", "ae_loss", "distilled_loss", Category = LongForm.Only)]
    [TestCase("pcgrad_sac", "critic_loss", Category = LongForm.Only)]
    [TestCase("pcgrad_sac_ae", "ae_loss", Category = LongForm.Only)]
    [TestCase("pcgrad_deepmdp", "ae_loss", "ae_transition_loss", Category = LongForm.Only)]
    [TestCase("gradnorm_sac", "critic_loss", Category = LongForm.Only)]
    [TestCase("gradnorm_deepmdp", "ae_loss", "ae_transition_loss", Category = LongForm.Only)]
    public void TrainsFromImages(string agent, params string[] losses) =>
        Trains(losses, $"agent={agent}", "agent.num_filters=2", "agent.num_layers=2");

    private const string Heads = "agent.multitask.should_use_multi_head_policy=True";
    private const string TaskEncoder = "agent.multitask.should_use_task_encoder=True";

    /// <summary>What distinguishes tasks, behind the encoder of images; `PixelNetworkProps` of the core has their gradients.</summary>
    [TestCase(TaskEncoder, Category = LongForm.Only)]
    [TestCase(TaskEncoder, "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False", Category = LongForm.Only)]
    [TestCase(TaskEncoder, "agent.encoder.type_to_select=film", Category = LongForm.Only)]
    [TestCase(TaskEncoder, "agent.encoder.type_to_select=film", "behaviour.film_per_feature=True", Category = LongForm.Only)]
    [TestCase("agent.encoder.type_to_select=feedforward", Category = LongForm.Only)]
    [TestCase("agent.encoder.type_to_select=moe", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=ensemble", Category = LongForm.Only)]
    [TestCase(TaskEncoder, "agent.encoder.type_to_select=moe", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention", Category = LongForm.Only)]
    [TestCase(TaskEncoder, "agent.encoder.type_to_select=moe", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=gate", Category = LongForm.Only)]
    [TestCase(Heads, Category = LongForm.Only)]
    [TestCase("agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.pal_dim=2", Category = LongForm.Only)]
    [TestCase("agent.multitask.model=heads", Category = LongForm.Only)]
    [TestCase("agent.multitask.model=paco", Category = LongForm.Only)]
    [TestCase("agent.multitask.model=moore", "agent.multitask.moore_cfg.num_experts=2", Heads, Category = LongForm.Only)]
    [TestCase("agent.multitask.model=separate", "env.eval.base=[3,7]", "agent.multitask.num_envs=2", Category = LongForm.Only)]
    [TestCase(
        TaskEncoder, "agent.multitask.actor_cfg.should_condition_model_on_task_info=True",
        "agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False",
        "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False",
        "agent.multitask.actor_cfg.moe_cfg.should_use=True", "agent.multitask.actor_cfg.moe_cfg.num_experts=2",
        "agent.multitask.task_encoder_cfg.model_cfg.output_dim=4", Category = LongForm.Only)]
    [TestCase(TaskEncoder, "agent.multitask.model=hypernetwork", Category = LongForm.Only)]
    public void TrainsFromImagesWithPartsForTasks(params string[] words) =>
        Trains(["ae_loss", "ae_transition_loss"], ["agent=deepmdp", "agent.num_filters=2", "agent.num_layers=2", .. words]);

    /// <summary>The gradients of single tasks reach the parts behind the convolutions, too.</summary>
    [Test]
    public void SurgeryTreatsWhatIsBehindConvolutions() =>
        Trains(
            ["ae_loss"], "agent=pcgrad_sac_ae", "agent.num_filters=2", "agent.num_layers=2", TaskEncoder,
            "agent.encoder.type_to_select=film", "env.eval.base=[3,7]", "agent.multitask.num_envs=2");

    [TestCase("pcgrad_state_deepmdp", "ae_transition_loss", "reward_loss")]
    [TestCase("gradnorm_state_deepmdp", "ae_transition_loss", "reward_loss")]
    public void TrainsFromStates(string agent, params string[] losses) =>
        Trains(
            losses, $"agent={agent}", "env.builder.make_kwargs.from_pixels=False", "agent.encoder.type_to_select=feedforward",
            "agent.multitask.should_use_task_encoder=False");

    private static void Trains(IEnumerable<string> losses, params string[] words)
    {
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Start(ExperimentBuilder.Resolve(
        [
            "setup=hipbmdp", "env=dmcontrol-finger-spin-distribution-v0", "env.train=[3,7]", "env.eval.base=[3]",
            "env.eval.interpolation=[]", "env.eval.extrapolation=[]", $"setup.base_path={folder.Path}", "setup.name=tiny", "setup.seed=1",
            "setup.device=cpu", "setup.threads=1", "env.horizon=4", "experiment.num_train_steps=8", "experiment.init_steps=4",
            "experiment.num_eval_episodes=1", "experiment.eval_freq=8", "experiment.log_freq=8", "replay_buffer.batch_size=4",
            "replay_buffer.capacity=40", "agent.actor.hidden_dim=8", "agent.encoder_feature_dim=4",
            .. words,
        ]));
        Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));

        var records = MetricsLog.Read(run.Folder.MetricsFile).Where(record => record.Mode == "train").ToList();
        Assert.That(records, Is.Not.Empty);
        foreach (var loss in losses.Append("actor_loss"))
            Assert.That(records[^1].Values.GetValueOrDefault(loss, double.NaN), Is.Not.NaN, loss);
        Assert.That(run.LastEvaluation, Is.Not.Null);
    }
}
