"""The French words and turns of phrase that make the tone, without accents, apostrophes as spaces; stems end in *.

Written by hand for training communities: what adult learners say of a course, of themselves and of tools, as they
spell it in a hurry. No word of illness is among them: what they tell is health data (RGPD, article 9).

The phrases that tell a sign are in lexicon_fr_phrases.py.
"""

from __future__ import annotations

STRONG_GOOD = """
ador* bravo enthousias* excellent* extraordinaire* fantastique* felicit* fier fiere fieres fiers formidable* genial*
impeccable* incroyable* kiff* magique* magnifique* meilleur* nickel parfait* passionn* ravi* remarquable* super
"""
GOOD = """
abordable* accessible* accroch* agreabl* aidant* aime aimer aimes aimons apprecie* avance avancer bien bienveillan*
bon bonne bonnes bons capable* captivant* cartonne* chaleureu* chance chanceu* chouette clair claire claires clairs
comprenant comprend comprendre comprends compris comprise comprises confian* conqui* content contente contentes
contents convaincu* convivial* cool courage debloque* declic depanne* efficace* encourag* enrichi* evident evidente
facile* fluide* fonctionne fonctionnent gagne gentil* heureu* instructif instructifs instructive instructives
interess* intuiti* joie limpide* ludique* merci mieux motiv* passionnant* patience pedagogique* pedagogue* pertinent*
plaisir positif* positive* precieu* progres* rassur* remerci* reussi reussie reussies reussir reussite satisf* sauve
sauvee serein* simple simples soulag* stimulant* sympa* top utile* valide validee valider vivant* yes youpi
"""
BAD = """
abstrait* absurde* agac* aie ambigu* angoissant angoissante angoisse angoissee angoisses anxieuse anxieux arnaqu*
bacle* bizarre bloque* bof bug* casse* chaotique* chiant* coince* colere complique* confus* couteu* craindre craint*
datent debord* decalage* decept* decev* deconnecte* decousu* decroch* decu* demoralis* demotiv* dense depasse depassee
depassees desagreable* desorganis* difficil* difficult* dommage dramatique* dur dure durement dures durs echec* echou*
embet* enerv* ennui* ennuy* erreur* fatigu* faux fichu* fige figee flou* foire foiree foutu* frustr* galer* gene grave
grr grrr helas honte honteu* illisible* impossible inadmissible* incapable* incomplet* incompreh* indigest* injuste
inquiet* insuffisan* intenable* introuvable* inutile* isole* laborieu* lamentable* largue larguee larguees largues
lent lente lents lourd* mal malheureu* manque* marre mauvais* mecontent* merd* monoton* naze obsolete* paume paumee
penalis* penible* perds perdu perdue perdues perdus peur pff pfff pffff pire pires pitoyable* plante pleur* probleme*
rage* rame ramer rate ratee ratees rates rebut* recale* regret* relou* repetitif* retard* saccad* saoul* scandaleu*
seul seule solitude soporifique* souci* stagne* stress* superficiel* trist* trop vague* vieillot*
"""
STRONG_BAD = """
atroce* calvaire catastroph* cauchemar* craque* decourag* degout* deplorable* desastr* desesper* detest* ecoeur* enfer
epuis* horreur* horribl* ignoble* infern* insupport* ironie larme* minable* noye noyee nul nulle nulles nuls panique*
pourri pourrie pourris submerg*
"""
NEGATORS = "pas jamais aucun aucune rien sans guere ni nullement"
NEGATION_OPENERS = "ne n"
STRENGTHENERS = """
bcp beaucoup carrement completement extremement franchement grave hyper mega particulierement sacrement si super
tellement totalement tres trop ultra vraiment
"""
VERBS = "adore aime aimes apprecie avance comprend comprends fonctionne fonctionnent progresse regrette"
"""What the word just after may deny: "je comprends pas"."""
TURNS = "mais cependant toutefois pourtant"
"""What follows one of these weighs more than what came before it."""

SPELLINGS = {
    "ajd": "aujourd hui", "auj": "aujourd hui", "bcp": "beaucoup", "beug": "bug", "beugue": "bugge",
    "bjr": "bonjour", "bogue": "bug", "bsr": "bonsoir", "capte": "comprends", "capter": "comprendre",
    "cc": "coucou", "cdlt": "cordialement", "cdt": "cordialement", "cest": "c est", "cetait": "c etait",
    "chu": "je suis", "chui": "je suis", "chuis": "je suis", "cmt": "comment", "co": "connecter",
    "comen": "comment", "coment": "comment", "comprend": "comprends", "conexion": "connexion",
    "conprend": "comprends", "ct": "c etait", "deco": "deconnecte", "desincrire": "desinscrire", "ds": "dans",
    "dsl": "desole", "esk": "est ce que", "eske": "est ce que", "esque": "est ce que", "exo": "exercice",
    "exos": "exercices", "g": "j ai", "jabandonne": "j abandonne", "jadore": "j adore", "jai": "j ai",
    "jaime": "j aime", "jariv": "j arrive", "jarrete": "j arrete", "jarrive": "j arrive", "jbloque": "je bloque",
    "jcomprend": "je comprends", "jcomprends": "je comprends", "jcrois": "je crois", "jdois": "je dois",
    "jfais": "je fais", "jgalere": "je galere", "jhesite": "j hesite", "jlache": "je lache", "jlaisse": "je laisse",
    "jme": "je me", "jms": "jamais", "jpense": "je pense", "jpeux": "je peux", "jpp": "j en peux plus",
    "jsais": "je sais", "jsp": "je sais pas", "jsui": "je suis", "jsuis": "je suis", "jtrouve": "je trouve",
    "jvais": "je vais", "jveux": "je veux", "kan": "quand", "ke": "que", "kel": "quel", "kelkun": "quelqu un",
    "keske": "qu est ce que", "ki": "qui", "koa": "quoi", "koi": "quoi", "komen": "comment", "mci": "merci",
    "mdp": "mot de passe", "mercii": "merci", "merciii": "merci", "mnt": "maintenant", "mrc": "merci",
    "mtn": "maintenant", "nai": "n ai", "narrive": "n arrive", "nest": "n est", "niquel": "nickel", "nrv": "enerve",
    "ordi": "ordinateur", "pa": "pas", "pb": "probleme", "pbl": "probleme", "pblm": "probleme", "pbs": "problemes",
    "pige": "comprends", "piger": "comprendre", "pk": "pourquoi", "pkoi": "pourquoi", "pq": "pourquoi",
    "pr": "pour", "prk": "pourquoi", "prob": "probleme", "qd": "quand", "qlq1": "quelqu un", "qq1": "quelqu un",
    "qqn": "quelqu un", "qqun": "quelqu un", "quelquun": "quelqu un", "slt": "salut", "stp": "svp",
    "tjr": "toujours", "tjrs": "toujours", "tjs": "toujours", "tro": "trop", "tt": "tout", "vrm": "vraiment",
    "vrmt": "vraiment", "ya": "il y a",
}  # fmt: skip
"""Spellings of a hurry, and what they stand for."""
_OPENER = (
    r"(?:super|genial|parfait|bravo|top|formidable|magnifique|excellent|fantastique|merveilleux|youpi|chouette|cool"
    r"|nickel"
    r"|felicitations|quel bonheur|quelle joie|quel plaisir|le reve|de mieux en mieux|encore mieux|la classe"
    r"|impeccable)"
)
_MENDED = (
    r"(?:merci (?!pour rien)|reussi|resolu|corrige|regle|repare|plus (?:de|d|aucun)|sans|pas de|aucun|mais|enfin"
    r"|trouve|grace"
    r"|hate|pas un)"
)
_COMPLAINT = (
    r"(?:encore (?:(?:une?|des)(?! (?:bon|beau|bel|super|excellent|progres|victoire|reussi|merci|belle))|rate|plante"
    r"|en|perdu|change|la|le|du|les|fois)|(?:\d+ ?|une|deux|trois|quatre|cinq|dix|vingt|des)"
    r" ?(?:heures?|h|jours?|plombes|fois|minutes|min|semaines) (?:pour|a|de|d|sans|que|apres|perdu)|plante|bug\w*"
    r"|rame|deconnecte\w*"
    r"|en panne|hs|(?:marche|fonctionne|s ouvre|s affiche|charge|repond|sert) (?:pas|plus|toujours pas|a rien)"
    r"|plus rien|rien ne"
    r"|tout perdu|perdu|tout a (?:refaire|recommencer)|tout (?:refaire|recommencer)|erreur|annule\w*|surprise"
    r"|la veille"
    r"|derni(?:er|ere) (?:moment|minute)|personne (?:ne |n )\w+|(?:deux|trois|quatre|cinq) (?:changements?"
    r"|annulations?|reports?|versions?)|comme d hab\w*|pour rien|inutilisable"
    r"|change\w* (?:apres|sans|encore|en cours|la veille|au dernier)|ejecte\w*|on (?:n )?(?:y )?(?:comprend|voit"
    r"|entend) (?:plus |toujours )?rien|illisible|reporte\w*|recharge\w*|perds|en retard|pile quand)"
)
_AHEAD = (
    rf"(?=(?: (?!{_MENDED}\b)[\w,:]+){{0,9}} {_COMPLAINT}\b(?! (?:corrige|resolu|regle|repare|est regle|est resolu)))"
)
IRONY = (
    rf"(?<=[.!?;] )(?:(?:ah|oh|bah|ben|eh|mais|ouais|oui|alors|et|non|bon|waouh|wow) ){{0,3}}{_OPENER}"
    rf"(?: (?:le|la|l|les|ce|cette|cet) \w+| (?!merci)\w+)?(?: [,.!:;]){{1,4}}{_AHEAD}",
    rf"(?<=[.!?;] ){_OPENER} (?:encore une?\b|(?:le|la|l|les|ce|cette) \w+ qui{_AHEAD})",
    rf"(?:j|on|je l) adore (?:quand|perdre|attendre|recommencer|devoir|ramer|comment){_AHEAD}",
    r"(?:j|on) adore (?:se faire(?= (?:ejecter|deconnecter|balader|jeter|virer))|perdre|attendre|recommencer|ramer"
    r"|relancer)\b",
    rf"(?:quel plaisir|quel bonheur|quelle joie|un vrai plaisir|un regal|un bonheur) (?:de|d|que de|quand){_AHEAD}",
    r"(?:quel plaisir|quel bonheur|quelle joie|un bonheur) (?:de|d) (?:perdre|attendre|recommencer|ramer|chercher)\b",
    r"merci (?:pour rien|du cadeau|(?:la|le|les|l) (?:plateforme|correction|consignes?|site|serveur|planning|bareme"
    r"|connexion|organisation|wifi|mise a jour|bug)|bien hein|quand meme hein|le (?:bug|site|serveur))\b",
    r"vive (?:le|la|les) (?:bugs?|pannes?|galeres?|plantages?|retards?|organisation|surprises?)\b",
    r"(?:ben voyons|du grand art|c est du (?:propre|joli)|manquait plus que ca|bien joue le site|on croit rever"
    r"|ca commence bien|on marche sur la tete|c est le pompon|cerise sur le gateau|comme par hasard"
    r"|tout ca pour ca)\b",
    r"(?:bravo|merci) (?:a )?(?:la|le|l|les|pour la|pour le|pour l|pour les|a la"
    rf"|au) \w+(?: \w+)?(?: [,.!:]){{0,3}}{_AHEAD}",
)
"""Praise or thanks that the next words turn into a complaint; commas and stops count."""
IDIOMS = {
    "svp": (
        r"s il (?:te|vous) plait\b",
        r"merci de (?=(?:bien vouloir |me |m |nous |ne pas |vous |le |la |les )*\w+(?:er|ir|re)\b)",
    ),
    "merciavance": (
        r"(?:merci(?: beaucoup| bien)?(?: a (?:tous|toutes|vous))? (?:par |d )avance|d avance merci"
        r"|par avance merci)\b",
    ),
    "c est": (
        r"c(?= )(?! (?:est|etait|etais|etaient|a dire|en est"
        r"|eut)\b)(?<! langage c)(?<! en c)(?<! le c)(?<! du c)(?<! vitamine c)"
        r"(?<! exercice c)(?<! partie c)(?<! question c)(?<! reponse c)(?<! groupe c)(?<! et c)(?<! ou c)(?<! b , c)"
        r"(?<! option c)",
    ),
    "j ai": (r"je (?=(?:rien|pas|tout|jamais) (?:compris|comprends|recu|reussi|eu|pu|vu|su)\b)",),
}
"""Turns that read as another before anything is read."""
TURNS_OF_PHRASE = {
    "pas": (r"loin d(?:e )?(?: ?etre)?\b",),
    "mais": (r"(?:sauf que|par contre|en revanche|cela dit|ceci dit|malheureusement)\b",),
    "chose": (
        r"(?:bonne|bonnes?|excellente|belle|douce) (?:fin de )?(?:journee|soiree|apres midi|nuit|continuation"
        r"|reprise|lecture|vacances"
        r"|annee|fetes|semaine a|rentree)\b",
        r"bon (?:week end|weekend|we|courage|apres midi|dimanche|samedi|vendredi|retour|appetit|a savoir|ben|bah|,"
        r"|alors|d accord"
        r"|endroit|fichier|lien|dossier|de commande)(?= )",
        r"(?:bien (?:recu|sur|que|a vous|entendu|evidemment|avant|apres|plus|le bonjour|cordialement)|ou bien"
        r"|eh bien|voudrais bien"
        r"|aimerais bien|veux bien|si j ai bien compris|y compris|c est bien (?:ca|le|la|dans|a|jeudi|mardi|lundi"
        r"|ce))\b",
        r"(?:d avance|a l avance|par avance)\b",
        r"(?:la|les|une|des|sa|ta|votre) bonnes? reponses?\b",
        r"la marche a suivre\b",
        r"(?:disque|texte en) dur\b",
        r"(?:lettres?|enquetes?|questionnaires?) de (?:motivation|satisfaction)\b",
        r"(?:la|le|un|une|les|des|d un|d une) seule?s? (?!a (?:ne|n|rien|galerer|y|pas))",
        r"vrai (?:ou|/) faux\b",
        r"(?:mal (?:au|a la|aux|de) \w+|(?:dors|dormi|dort) (?:\w+ )?mal|crises? (?:d|de) \w+"
        r"|epuisement\b(?: \w+)?)\b",
        r"seule?s? (?:a la maison|a la caisse|a table|sur (?:ce|le|mon|la|cette)|dans la (?:salle|visio)|en visio)\b",
        r"(?:rendre|rendu|rendue|depose|deposer|remettre) (?:\w+ )?en retard\b",
        r"(?:une|question) simple (?=question|,|$)",
        r"envie d(?:e)? (?:arreter|abandonner|pleurer|tout|quitter|laisser)\b",
        r"(?:autant|mieux vaut|vaut mieux|ferais (?:pas )?mieux|demande bien|sais bien|vois bien)\b",
        r"pas mal d(?:e|u)?(?= (?!tout)\w)",
        r"(?:de rien|non merci|sans merci|sans doute|pas seulement|non seulement|pas que|pas juste)\b",
        r"malgre (?:(?:les|mes|des|la|le|ces|ma|mon|quelques|l|toutes?) )*(?:difficultes?|galeres?|problemes?|stress"
        r"|fatigue|retard\w*"
        r"|erreurs?|soucis?|bugs?|peur\w*)\b",
        r"(?:gestion|message|code|page) (?:des |d |de l )?erreurs?\b(?! \d)",
        r"valeurs? nulles?\b",
        r"code erreur\b",
        r"(?:ce )?serait (?:vraiment |plus |bien |top )*(?:bien|bon|top|cool|utile|mieux|sympa|simple|pratique"
        r"|genial|super)\b",
        r"(?:pour|a|mieux|de|d) (?:mieux |bien )?(?:comprendre|reussir|avancer|progresser|motiver)\b",
        r"pas a pas\b",
        r"l aide (?:de|a)\b",
        r"(?:pas|jamais|sans) (?=(?:de )?(?:regrets?|regrette))",
        r"du premier coup\b",
        r"n importe\b",
        r"si possible\b",
        r"a l aise\b",
        r"jamais (?:\w+ )?(?:ete|eu|vu|lu|suivi|senti) (?=(?:aussi|autant|si|un aussi|une aussi) )",
        r"n aurais (?:jamais|pas) (?=(?:\w+ )?(?:reussi|compris|tenu|pu|trouve|avance)\b)",
        r"(?:tu es|tu te sens|vous etes|vous vous sentez|es tu|etes vous) (?:\w+ )?(?:perdu\w*|bloqu\w*|largu\w*"
        r"|seule?s?|stress\w*|en retard"
        r"|inquiet\w*|depass\w*|decourag\w*)\b",
        r"(?:chasser|corriger|trouver|debusquer|eviter|reperer) (?:les|des|un|le|ses|vos|ces|nos|l) (?:bugs?"
        r"|erreurs?|problemes?)\b",
        r"(?:reussir|valider|comprendre) (?=(?:le|la|les|l|ce|cette|mon) )",
    ),
    "bon": (
        r"(?:croyais|pensais|craignais|imaginais) que (?:ce serait|c etait|ca serait) (?:\w+ ){0,2}(?:dur|difficile"
        r"|complique)\b",
        r"(?:ca|qui|tout) a (?:bien |enfin )?marche\b",
        r"(?:m|nous) (?:a|ont|avez|as) (?:\w+ )?aidee?s?\b",
        r"(?:suis|sens|sent) (?:enfin )?prete?s?\b",
        r"(?:a ma place)\b(?<!pas a ma place)",
        r"(?:te|vous) (?:decourage\w*|laisse\w* (?:pas )?abattre) (?:pas|surtout pas)\b",
        r"(?:sans|grace a) (?:vous|toi|eux|elle|lui|le groupe|l equipe|ton|ta|votre|vos|tes)\b",
        r"(?:viens|venons) de (?:valider|reussir|finir|terminer)\b",
        r"(?:sens|suis|est|sent) (?:bien |vraiment |tres |super )(?:soutenue?s?|accompagnee?s?|ecoutee?s?"
        r"|entouree?s?|encadree?s?|suivie?s?)\b",
        r"pas (?:trop |si )?mal\b(?: du tout)?",
        r"hate (?=(?:de|d|d y|que|qu) )",
        r"(?:me|nous|m a) (?:plait|plu)\b",
        r"ca (?:me )?plait\b",
        r"(?:re)?marche (?:bien|nickel|super|enfin|maintenant|parfaitement|de nouveau|a nouveau)\b",
        r"ca (?:re)?marche(?! (?:pas|plus|mal|toujours pas|jamais))\b",
        r"(?:tout|ca) (?:roule|baigne|avance|va bien|se passe bien|passe creme)\b",
        r"rien a (?:re)?dire\b",
        r"(?:rien|pas) de mechant\b",
        r"(?:probleme|souci|bug|erreur|incident)s? (?:est |a ete |enfin |tout a fait |bien )?(?:resolu|regle|corrige"
        r"|repare)\w*\b",
        r"(?:plus|pas) (?:de |d |aucun )(?:probleme|souci|bug|erreur|stress|difficulte|retard)s?\b",
        r"(?:enfin|bien|tout) (?:saisi|compris|capte)\b",
        r"tres pratique\b",
        r"c est pratique\b",
        r"sans (?:difficulte|peine|probleme|souci)s?\b",
        r"(?:decroche|trouve|signe|obtenu|eu) (?:un|mon|une|le) (?:\w+ )?(?:cdi|cdd|emploi|job|stage|poste"
        r"|alternance|travail|boulot"
        r"|entretien|titre|diplome|bloc)\b",
        r"(?:regrette|regret) (?:pas|rien|absolument pas)\b",
        r"(?:embauchee?|recrutee?)\b",
        r"pas de refus\b",
        r"pas grave\b",
        r"c est bon\b",
        r"(?:prends|prend|pris|retrouve|reprends) (?:gout|confiance|du plaisir)\b",
        r"t inquiete\w*\b",
        r"vous inquietez pas\b",
        r"pas (?:d )?inquiet\w*\b",
        r"(?:fausse alerte|bonne nouvelle|au top|bonne idee|coup de pouce|bien joue|chapeau|je recommande)\b",
        r"(?:on|tu|vous|je|je vais|on va) (?:y |va y |vas y |allez y |vais y )(?:arriver|arriverez|arriverons"
        r"|arriverai)\b(?! (?:pas|jamais|plus))",
        r"(?:trop|vraiment) (?:fort|forte|forts)\b",
        r"(?:pas|hors de) question (?:d|de|que)\b",
        r"(?:m accroche|tiens bon|ne lache rien|lache rien|lachez rien|lache pas|abandonne pas|abandonnez pas)\b",
        r"failli (?:tout )?(?:arreter|abandonner|lacher|craquer|decrocher|laisser tomber|quitter)\b",
        r"pas (?:bien )?sorcier\b",
        r"(?:plus|moins) (?:perdue?|larguee?|stressee?|inquiete?|peur|seule?|difficile|dur|bete|nulle?"
        r"|complique)(?: qu au| que)",
        r"j y arrive(?! (?:pas|plus|jamais|rien))\b",
        r"(?:note|eu|obtenu|ai)(?: :| un)? (?:1[3-9]|20) (?:sur )?20\b",
        r"ca commence a (?:rentrer|venir|aller)\b",
    ),
    "excellent": (
        r"jamais (?:autant|aussi bien|aussi vite) (?:appris|progresse|avance|compris|ri|aime)\b",
        r"(?:autant|tellement|beaucoup|enormement|tant)"
        r" (?:appris|progresse)\b",
        r"appris (?:plein|enormement|beaucoup|tellement|tant)\b",
        r"(?:trop|super|tres|vraiment) bien\b",
        r"(?:ne )?regrette (?:rien|pas)\b",
        r"un (?:vrai |pur )?regal\b",
        r"(?:ca|qui) fait (?:plaisir|du bien|chaud au coeur)\b",
        r"au dela de mes (?:attentes|esperances)\b",
        r"(?:c est|c etait) (?:que )?du bonheur\b",
        r"(?:ca|tout) change tout\b",
    ),
    "mauvais": (
        r"(?:sur ma faim|pas grand chose|ni l envie|ni le temps)\b",
        r"on (?:\w+ )?survole\b",
        r"rien a voir\b",
        r"pas de nouvelles?\b",
        r"(?:prix|cout) (?:\w+ )?(?:eleve|exorbitant)\b",
        r"trop cher\b",
        r"(?:sens|suis|est|sent) (?:\w+ )?pas (?:\w+ )?(?:soutenue?s?|accompagnee?s?|ecoutee?s?|entouree?s?|aidee?s?"
        r"|encadree?s?|suivie?s?)\b",
        r"rien (?:retenu|appris|retire|suivi)\b",
        r"trouve[sz]? ca (?:vraiment )?normal\b",
        r"pas (?:bien |trop |si |hyper |super |tres |vraiment )*(?:terrible|top|fou|ouf|folichon|glop|jojo|la joie"
        r"|la panacee|concluant|genial\w*)\b",
        r"(?:marche|fonctionne|s ouvre|s affiche|se lance|demarre|charge|repond) (?:toujours |meme )?(?:pas|plus|mal"
        r"|jamais)\b",
        r"pas (?:encore )?gagne\b",
        r"(?:aurait|auraient) (?:pu|du|merite)\b",
        r"(?:laisse|laissent) a desirer\b",
        r"usine a gaz\b",
        r"(?:vois|trouve|comprends) pas (?:l |d )?(?:interet|utilite|le sens)\b",
        r"(?:interet|utilite) (?:limitee?|zero|nulle?)\b",
        r"(?:ras le bol|plein le dos|ras la casquette|plus envie|pas envie|en avoir marre|pas la peine|pas le temps"
        r"|plus le temps|du mal)\b",
        r"(?:va|ca va|vont) (?:beaucoup |bien |un peu |vraiment )?(?:trop|pas|mal)\b",
        r"pas (?:\w+ )?(?:a la hauteur|au niveau|serieux|normal\w*)\b",
        r"(?:aide|aident) (?:pas|en rien|a rien)\b",
        r"(?:toujours|sans) (?:aucune |pas de )?reponse\b",
        r"personne (?:ne |n )?(?:m )?(?:a |a encore )?(?:repond\w*|aide\w*|vient|m)\b",
        r"a l ecart\b",
        r"rien (?:compris|capte|comprends|ne va|ne marche|a foutre|y comprendre)\b",
        r"n y comprends (?:plus )?rien\b",
        r"a revoir\b",
        r"(?:sert|servent) a rien\b",
        r"(?:perte|pertes|perdre|perds|perdu|gaspill\w+) (?:\w+ )?(?:de |mon |du |notre )?temps\b",
        r"pas pris en compte\b",
        r"(?:pas|jamais) (?:y arriver|m en sortir|au point|assez|respecte\w*|reactif\w*|tenu\w*|prevenu\w*|recu"
        r"|a jour|d accord)\b",
        r"en vrac\b",
        r"n importe quoi\b",
        r"c est pas (?:possible|vrai|serieux)\b",
        r"prise de tete\b",
        r"(?:ca|qui) (?:craint|saoule|gave|use|prend la tete|me depasse|traine)\b",
        r"n en peux plus\b",
        r"en peux plus\b",
        r"(?:en|y) arrive (?:plus|pas)\b",
        r"(?:moral|motivation) (?:\w+ )?(?:a zero|dans les chaussettes|au plus bas|en berne|en chute)\b",
        r"plus de motivation\b",
        r"regrette d\w*\b",
        r"(?<! un )(?:tres |trop |vraiment |bien )?peu (?:clair|utile|interess|comprehens|motiv|adapt|lisible|explic"
        r"|precis|reactif|pratique|d interet)\w*\b",
        r"pas (?:\w+ )?(?:fan|emballee?|adapte\w*|evident|faite? pour moi|logique|juste|convaincu\w*|pratique"
        r"|intuitif|lisible|coherent\w*)\b",
        r"(?:tout|encore|a) (?:a )?(?:refaire|recommencer|rattraper)\b",
        r"(?:note|eu|obtenu|ai)(?: :| un)? \d (?:sur )?20\b",
    ),
}
"""Turns whose words mislead one by one, and the word that says the same; "chose" says nothing."""
