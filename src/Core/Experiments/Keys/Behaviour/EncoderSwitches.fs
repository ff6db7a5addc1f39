/// Switches of encoders, task encoders and experts.
module internal MtrlFunctional.Experiments.EncoderSwitches

open MtrlFunctional.Experiments.Schema

let keys: Field<Behaviour> list = [
    switch
        "behaviour.shared_encoder"
        true
        {
            Original =
                "The actor's attention or gate network, and its whole FiLM encoder, keep their random start."
            Corrected = "The actor uses the critics' encoder, all of which is trained."
            Reason =
                "The actor mixes experts with random weights for the whole run, though they were trained with other weights."
        }
        _.SharedEncoder

    switch
        "behaviour.train_actor_encoder"
        true
        {
            Original =
                "The layers that the actor has behind the convolutions of an encoder of images keep their random start: no optimiser has them."
            Corrected = "The actor's loss trains them."
            Reason =
                "In SAC-AE's paper the actor shares the convolutions only and learns the layers behind them."
        }
        _.TrainActorEncoder

    switch
        "behaviour.train_first_embedding"
        true
        {
            Original =
                "The embedding of the first task by HiP-BMDP's θ is zero and is not trained: it is used as padding."
            Corrected = "It is trained as the others are."
            Reason = "The first task is a task like the others."
        }
        _.TrainFirstEmbedding

    switch
        "behaviour.train_theta_without_contrastive_loss"
        true
        {
            Original = "Without the contrastive loss no step of HiP-BMDP's θ is taken."
            Corrected =
                "A step is taken by the gradients of the losses of `agent.multitask.task_encoder_cfg.losses_to_train`."
            Reason = "Their gradients are computed, and the key names them."
        }
        _.TrainThetaWithoutContrastiveLoss

    switch
        "behaviour.pairwise_contrastive_loss"
        true
        {
            Original =
                "HiP-BMDP's contrastive loss compares the norms of two matrices of the whole batch: the differences of task encodings, and of means of predictions."
            Corrected =
                "It compares, for each pair of rows, the distance of task encodings and the 2-Wasserstein distance of predictions."
            Reason =
                "The norms of a batch can be equal where no pair's distances are; the paper compares pairs."
        }
        _.PairwiseContrastiveLoss

    switch
        "behaviour.apply_attention_detach"
        true
        {
            Original =
                "Gradients flow from the attention into the task encoder: its key is misspelt, and missing means no."
            Corrected = "The attention's context is detached, as is the key's default."
            Reason = "The configuration specifies that it is detached."
        }
        _.ApplyAttentionDetach

    switchToPaper
        "behaviour.dot_product_attention"
        {
            Original =
                "CARE's attention is a network from the task's encoding to a weight of each expert: the same weights for all observations of a task."
            Corrected =
                "The network computes a query from the task's encoding; the weights are a softmax over the products of the query with the experts' outputs, for each observation."
            Reason =
                "The paper (Sodhani et al. 2021, arXiv:2102.06177) scores each expert's output against the context, so that weights follow the observation."
        }
        _.DotProductAttention

    switchToPaper
        "behaviour.film_per_feature"
        {
            Original =
                "FiLM multiplies the output of each layer, after its activation, by one number of the task's encoding and adds another."
            Corrected =
                "Linear maps of the task's encoding give a scale and a shift of each feature, applied before the activation."
            Reason =
                "In the paper (Perez et al. 2018, arXiv:1709.07871) modulation is feature-wise; two numbers for a layer cannot switch single features off."
        }
        _.FilmPerFeature

    switch
        "behaviour.trainable_ptsl_init"
        true
        {
            Original = "All projections of PTSL start at zero, the task maps normal."
            Corrected =
                "The last map of each task branch starts at zero, the others at random; the product residual starts as none."
            Reason =
                "Zero before and after a task map is a saddle: with independent projections or the product residual nothing but the output layer's task bias and maps ever learns."
        }
        _.TrainablePtslInit

    switch
        "behaviour.ignore_case"
        true
        {
            Original = "Words that select experts are compared with case."
            Corrected = "Words that select experts are found whatever their case."
            Reason = "The verb of a description is its first word, with a capital letter."
        }
        _.IgnoreCase
]
