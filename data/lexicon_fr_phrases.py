"""The French phrases that tell a sign: leaving, distress, trouble, thanks, politeness, a question.

A phrase is a pattern over words without accents, apostrophes as spaces, parted by one space; its first word is whole.
Where a list says so, a comma stands as a word of its own. Written by hand, as lexicon_fr.py; no word of illness.
"""

from __future__ import annotations

_STARTING = r"(?:commence|debute|demarre|attaque|pars|embauche|prends|prise de poste|a (?:plein temps|temps plein))"
_COURSES = (
    r"(?:(?:toute )?(?:la|ma|cette|votre|notre|le|ce|mon|les|mes|l) (?:formation|cours|parcours|session|stage|cursus"
    r"|reconversion|bootcamp|annee|programme|inscription|aventure)\b)"
)
_FOR_GOOD = (
    rf"(?= {_COURSES}|(?: (?:tout|tout ca|la|ici|bientot|maintenant|definitivement|pour de bon|comme ca|vraiment"
    r"|vendredi"
    r"|demain|avant la fin|les frais|en cours de route|avec vous|parmi vous|ce mois ci|des \w+|a la fin du mois"
    r"|pour (?:le moment|l instant)))?"
    r"(?: $| ,| (?:car|parce|puisque|si|mais|faute|a cause|vu|plutot|je pense|je crois|lol|mdr|pour (?:des |une "
    r"|cause )?(?:raisons?"
    r"|motifs?))\b))"
)
"""What may follow "stop": the course, or the end of the clause; "pour ce soir" or "l exercice 3" is another matter."""
_STOP = (
    r"(?:arreter|abandonner|(?:tout )?(?:laisser|envoyer|foutre) (?:tout )?(?:tomber|promener|en l air)|quitter"
    r"|stopper"
    r"|(?:tout )?(?:lacher|plaquer|arreter|abandonner|stopper)(?: l affaire)?|renoncer|me retirer|me desister"
    r"|en rester)"
)
_WISH = (
    r"(?:pense|penser|songe|envisage|envisager|compte|prefere|vais|veux|voudrais|souhaite|souhaiterais|dois|devrais"
    r"|prevois|envie de?|hesite a|hesite entre continuer et|reflechis|(?:me demande|sais pas|sais plus"
    r"|sais) si je (?:ne )?"
    r"(?:vais|dois|devrais|veux|ferais|vais) ?(?:pas )?(?:mieux )?(?:d|de)?|ferais mieux de?|crois que je vais"
    r"|decide de?"
    r"|autant|(?:il )?vaut mieux|mieux vaut|plus qu a|pret a|prete a|tente de?|tentee de?|oblige de?|obligee de?"
    r"|contraint de?"
    r"|contrainte de?|force de?|forcee de?|sur le point de?|decision de?|partie pour|parti pour|finir par|resous a"
    r"|reflechis a)"
)
_FILLED = (
    r"(?: (?:a|de|d|serieusement|peut etre|surement|sans doute|probablement|bien|tout|aussi|vraiment|finalement"
    r"|certainement|fortement|simplement|juste|tout simplement|y|bientot|devoir|quand meme|carrement"
    r"|definitivement)){0,4}"
)
LEAVE = (
    rf"{_WISH}{_FILLED} {_STOP}\b" + _FOR_GOOD,
    r"(?:j|je l) ?(?:arrete|abandonne)\b" + _FOR_GOOD,
    r"(?:je|j ai|j) (?:laisse tomber|laisse tout tomber|lache l affaire|lache tout|lache la formation|plaque tout"
    r"|jette l eponge|baisse les bras|rends? (?:mon tablier|les armes)|declare forfait|raccroche|quitte (?:la|cette"
    r"|ma"
    r"|votre) formation|me retire(?: de la formation)?|renonce|rendu les armes|jete l eponge|m arrete (?:la|ici)"
    r"|sors de la formation|tire ma reverence|laisse ma place|suis hors course|vous quitte|arrete les frais)\b",
    r"j ai (?:\w+ )?(?:arrete|abandonne|quitte|lache) (?:la|ma|cette|le) (?:formation|parcours|cursus)\b",
    r"(?:jeter l eponge|me desinscrire|desinscription|tirer un trait sur (?:la|ma|cette) formation"
    r"|(?:resilier|annuler|rompre|suspendre|interrompre|stopper|(?:mettre|mets) (?:un terme|fin) a) (?:mon|ma|mes|le"
    r"|la|cette"
    r"|ce|sa|son)"
    r" (?:inscription|formation|contrat|parcours|cursus|participation|session))\b",
    r"(?:abandonner|arreter|quitter|stopper|lacher) (?:la|ma|cette|votre|sa) (?:formation|session)\b",
    r"(?:abandon|arret|rupture) de (?:la |ma )?(?:formation|parcours)\b",
    r"(?:mettre|mets|laisser|laisse|met) (?:\w+ ){0,3}(?:en pause|de cote|entre parentheses|en suspens|en stand ?by)"
    rf"(?= (?:toute )?{_COURSES}| $| ,| pour (?:le moment|l instant))",
    rf"(?:mettre|mets|laisser|laisse) (?:de cote|en pause|en suspens|entre parentheses) {_COURSES}",
    r"(?:pause|cesure|interruption) (?:dans|de) (?:la|ma|cette|mon) (?:formation|parcours)\b",
    r"(?:vais|pense|souhaite|veux|peux|pourrai|pourrais|compte|suis pas sure? de|suis pas certaine? de|vois pas) "
    r"(?:sans doute |surement |probablement |plus |vraiment |pas |malheureusement |helas ){0,4}(?:pas |plus |de )?"
    rf"(?:(?:pouvoir )?(?:continuer|poursuivre)\b{_FOR_GOOD}|(?:pouvoir )?aller (?:au bout|jusqu au bout)\b"
    r"|(?:pouvoir )?(?:finir|terminer) (?:la|cette|ma) formation\b)",
    r"ne (?:continue|continuerai|poursuis|poursuivrai|reviendrai) (?:pas|plus)\b(?! (?:l|cet?|le|mon) exercice)",
    r"(?:reviendrai|reviens) plus\b",
    r"(?:compte|vais|souhaite|pense|veux) pas (?:me reinscrire|renouveler|reconduire)\b",
    r"n irai pas (?:au bout|jusqu au bout|plus loin)\b",
    r"ne (?:finirai|terminerai) (?:pas|jamais)(?: la formation)?\b",
    r"pas faite? pour moi\b",
    r"(?:sera|continuera|continuez|se fera|continuer) sans moi\b",
    r"(?:c est|ce sera|sera) (?:ma|mon) derni(?:er|ere) (?:semaine|jour|post|message|journee) (?:parmi|avec|ici"
    r"|dans la)",
    r"(?:ma decision est prise|je ne me reinscrirai pas|changer de formation|me reorienter|je me reoriente)\b",
    r"la formation s arrete (?:la |ici )?(?:pour|a) moi\b",
    r"(?:trouve|trouver|decroche|signe|obtenu|accepte|eu|propose) (?:\w+ ){0,3}(?:cdi|cdd|emploi|job|travail|poste"
    r"|boulot"
    rf"|taf)\b(?: [\w,]+){{0,6}} {_STARTING}\b",
    r"(?:commence|debute|demarre|attaque) (?:un|mon|le) (?:nouveau |nouvel )?(?:cdi|cdd|emploi|travail|job|poste"
    r"|boulot)\b",
    r"(?:ai ete|suis|etre|suis enfin) (?:embauchee?|recrutee?|prise? en c(?:di|dd))\b(?: [\w,]+){0,6} "
    rf"{_STARTING}\b",
)
"""The author says that they may stop, or have; commas count. A job that starts soon is one: it stops the course."""
LEAVE_DENIED = (
    r"(?:ne|n|pas|(?<! de )(?<! en )plus|jamais|sans|eviter|evitez|question|refuse|interdit|il ne faut)(?: (?!si "
    r"|mais |et |je |j |mieux )\w+)"
    r"{0,3} (?:abandonn\w*|arret\w*|laiss\w* tomber|lach\w*|jet\w*|baiss\w*|quitt\w*)(?: pas\b)?",
    r"(?:voudrait|veut|veulent|voudraient|dit|disent|conseille\w*|demande\w*|pousse\w*) (?:que|d|de|a) (?:j |m |je )?"
    r"(?:abandonn\w*|arret\w*|laiss\w* tomber|lach\w*|quitt\w*)",
    r"(?:tu|il|elle|ils|elles|vous|qui)(?: (?!je |j |m |me |moi )\w+){0,2} (?:abandonn\w*|arret\w*|laiss\w* tomber"
    r"|lach\w*"
    r"|quitt\w*)",
)
LEAVE_CANCELLED = (
    r"failli\b",
    r"(?:mais|finalement|alors|et|bref|donc) (?:finalement )?(?:je|j|on) ?(?:ai )?(?:continue|reste|m accroche"
    r"|tiens bon"
    r"|n abandonne pas|n arrete pas|ne lache pas|m accrocher|vais (?:continuer|m accrocher|rester|tenir|persever\w+)"
    r"|suis toujours la|tenu|persevere|compte aller au bout|vais au bout|decide de (?:continuer|rester))\b",
    r"(?:change d avis|en parallele|le soir (?:en plus|apres)|en plus de la formation|apres la formation"
    r"|je (?:garde|finis|termine|continue) (?:quand meme )?(?:la|ma) formation|je continue (?:le soir|a cote))\b",
    r"(?:meme pas|jamais) en reve\b",
)
_UTTERLY = (
    r"(?:\w+ment |vraiment |tout a fait |de plus en plus |encore plus |un peu |trop |tres |si |toute |bien |grave "
    r"|aussi "
    r"|deja |la |toujours |encore |hyper |plus |quand meme )?"
)
_LOW = (
    r"(?:perdue?|paumee?|depassee?|larguee?|decouragee?|demotivee?|demoralisee?|epuisee?|submergee?|debordee?|noyee?"
    r"|desesperee?|a la ramasse|a la rue|dans le dur|sous l eau|au fond du trou|au bout|a bout|au bord des larmes"
    r"|en larmes|en detresse)"
)
DISTRESS = (
    rf"(?:completement|totalement|vraiment|tout a fait|carrement) {_LOW}\b",
    rf"(?:je suis|je me sens|me sens|suis) {_UTTERLY}{_UTTERLY}{_LOW}\b",
    rf"(?:je me sens|je suis|suis|me sentir) {_UTTERLY}{_UTTERLY}(?:nulle?|seule?|isolee?|bete|idiote?|debile"
    r"|incapable"
    r"|stupide|abandonnee?|exclue?|delaissee?)\b",
    r"(?:j ai|je n ai|n ai|ai) (?:\w+ )?(?:perdu (?:toute )?(?:confiance|(?:ma |la |toute )?motivation|pied|espoir)"
    r"|plus la force|plus le courage|plus de motivation|plus confiance|plus la (?:motivation|niaque|foi|tete)"
    r"|plus (?:envie de rien|d espoir|gout))\b",
    r"(?:n )?en (?:peux|puis) plus\b",
    r"(?:n )?y (?:arrive|arriverai|arriverais|comprends|crois|vois) (?:plus|pas|jamais|rien)\b(?! (?:avec|sur) )",
    r"(?:arrive|arrivais) (?:vraiment |meme )?(?:plus|pas) a (?:suivre|rattraper|tenir|m en sortir|me motiver|avancer"
    r"|m y (?:re)?mettre|tout (?:faire|gerer|concilier)|gerer|concilier|rien)\b",
    r"(?:arrive|fait) plus (?:a )?rien\b",
    r"m en sors? (?:plus|pas)\b",
    r"m en (?:sortirai|sortir) (?:pas|jamais)\b",
    r"(?:comprends?|compris) (?:plus |vraiment |absolument |strictement )?rien\b",
    r"rien (?:compris|comprendre|pige)\b",
    r"(?:trop|bien trop|beaucoup trop) (?:dur|difficile|complique) (?:pour moi|a suivre|pour quelqu un comme moi"
    r"|a gerer)\b",
    r"(?:c est|ca devient|tout est) (?:\w+ )?(?:trop|bien trop|beaucoup trop) (?:dur|difficile|complique)(?= $| ,)",
    r"(?:je craque|craquer|je panique|je desespere|envie de pleurer|en pleure\w*|je pleure\w*|j ai (?:\w+ )?honte"
    r"|mal a suivre"
    r"|du mal a (?:suivre|tenir|m accrocher|garder la tete)|les larmes aux yeux|fond\w* en larmes|suis en larmes"
    r"|je decroche|je me decourage|je perds pied"
    r"|je coule|je me noie|je touche le fond|en train de (?:couler|decrocher|perdre pied|craquer)|tete sous l eau)\b",
    r"(?:moral|motivation) (?:\w+ )?(?:a|au|dans|en) (?:zero|plat|plus bas|les chaussettes|berne|les talons)",
    r"(?:deux|trois|quatre|plusieurs|\d+) semaines (?:dans la vue|de retard)\b",
    r"(?:deces|decedee?|divorce|divorcer|deuil|enterrement|obseques|surendett\w+|expuls\w+|gros soucis?|licenciement"
    r"|separation|huissiers?|vie (?:s ecroule|part en vrille)|me suis fait (?:virer|licencier))\b",
    r"(?:je ne sais|sais) (?:meme )?(?:pas|plus) (?:par )?(?:ou|quoi) (?:commencer|donner de la tete|en etre"
    r"|j en suis"
    r"|faire pour m en sortir)\b",
    r"(?:suis|sens|etre) pas (?:\w+ )?(?:a la hauteur|au niveau|a ma place|capable|assez intelligente?|assez bonne?"
    r"|faite? pour)\b",
    r"(?:impression|sentiment|peur) d etre (?:\w+ ){0,2}(?:nulle?|seule?|bete|idiote?|debile|stupide|incapable"
    r"|a la traine)\b",
    rf"(?:impression|sentiment) d etre {_UTTERLY}{_LOW}\b",
    r"perdre (?:mon|ma) (?:pere|mere|papa|maman|mari|femme|conjointe?|compagnon|compagne|frere|soeur|fils|fille"
    r"|grand|emploi"
    r"|travail|boulot|logement|appartement)\b",
    r"(?:n ai|j ai|ai) pas (?:\w+ )?(?:le niveau|les capacites|les epaules)\b",
    r"(?:seule?|unique) a (?:ne |n )?(?:rien|pas|y|galerer|etre)\b",
    r"tout le monde (?:\w+ ){0,7}sauf moi\b",
    r"a quoi (?:bon|ca sert de continuer)\b",
    r"(?:me demande|sais (?:plus|pas)) (?:bien )?(?:ce que|pourquoi) je (?:fais|suis|continue)\b",
    r"(?:pas|jamais) (?:m en sortir|y arriver|au bout du tunnel)\b",
    r"envie de (?:tout (?:plaquer|lacher|arreter|envoyer)|tout (?:laisser|foutre))",
    r"plus (?:envie|le gout) de (?:rien|continuer|me connecter|venir)\b",
)
DISTRESS_DENIED = (
    r"(?:(?<! en )(?<! encore ))(?:pas|plus|jamais|ni) (?:\w+ment |tout a fait |si |trop |la |etre |te |me |vous )?"
    r"(?:la )?(?:perdue?|paumee?|depassee?|larguee?|decouragee?|demotivee?|epuisee?|submergee?|debordee?|nulle?"
    r"|seule?"
    r"|isolee?|bete|incapable|le seul|la seule)\b",
    r"(?:si|quand|lorsque) (?:tu|vous|on|quelqu un)\b(?: \w+){0,4}",
    r"seule?s? (?:a la maison|a la caisse|a table|sur (?:ce|le|mon|la|cette)|dans la (?:salle|visio)|en visio)\b",
)
_MINE = (
    r"(?:(?:mon|ma|mes|ce|cette|le|la|l) (?:code|script|programme|boucle|fonction|requete|jointure|css|html|formule"
    r"|macro"
    r"|condition|exercice|calcul|algo|algorithme|raisonnement|methode|selecteur|variable|regex|technique|astuce"
    r"|solution)s?)"
)
_TOOL = (
    r"(?:connexion|reseau|wifi|internet|ordinateur|pc|mac|tablette|telephone|site|plateforme|serveur|logiciel|appli"
    r"|application"
    r"|video|videos|micro|camera|son|lien|liens|page|pages|visio|zoom|teams|moodle|discord|quiz|forum|bouton|fichier"
    r"|pdf"
    r"|navigateur|chrome|firefox|excel|word|vscode|code|compte|telechargement|depot|espace|classe virtuelle|audio"
    r"|image"
    r"|ecran|clavier|imprimante|badge|emargement|signature)"
)
TROUBLE = (
    r"(?:marche|marchent|marchait|fonctionne|fonctionnent|s ouvre|s ouvrent|s affiche|s affichent|apparait"
    r"|apparaissent|se lance|se lancent"
    r"|charge|se charge|chargent|demarre|s enregistre|se connecte|se telecharge|s installe|s allume|passe) "
    rf"(?:toujours |meme |carrement |vraiment |plus |meme )?(?:pas|plus)\b(?! {_MINE})",
    r"(?:refuse de|arrive (?:toujours )?(?:pas|plus) a|impossible (?:de|d)|peux (?:pas|plus)|pouvons pas|moyen de"
    r"|reussi[st]? (?:toujours )?pas a|possible de) "
    r"(?:me |m |se |s |y |le |la |l |les |nous )?(?:connecter|reconnecter|ouvrir|telecharger|installer|acceder"
    r"|deposer"
    r"|charger|afficher|lancer|envoyer|enregistrer|uploader|visionner|rejoindre|m identifier|identifier|imprimer"
    r"|joindre"
    r"|emarger|signer|demarrer|voir la video|lire la video)\b(?! (?:la|une|cette) (?:difference|fonction))",
    rf"{_TOOL}s?(?: \w+){{0,3}} (?:repond|repondent) (?:plus|pas)\b",
    r"mot de passe (?:\w+ ){0,2}(?:oublie|perdu|refuse|incorrect|invalide|expire)",
    r"(?:pas|jamais|rien) (?:encore )?recu (?:\w+ ){0,2}(?:mail|lien|code|identifiants?|acces|sms|invitation)\b",
    r"(?:oublie|perdu|plus) (?:mon|mes|de|d) (?:mot de passe|identifiants?|acces)\b",
    r"(?:message d erreur|erreur (?:\d+|serveur|technique|de connexion|interne|fatale|reseau)|erreur 404)\b",
    r"(?:message|affiche|dit|indique)(?: d erreur)? (?:: |, )?\" ",
    r"(?:ecran (?:noir|blanc|bleu)|page (?:\w+ )?(?:blanche|introuvable)|liens? (?:est |sont )?(?:mort|casse|rompu"
    r"|expire)s?)\b",
    r"(?:bug|bugs|bugge|buggue|beugue|plantage|freeze)\b",
    r"(?<! je )(?<! me )(?:plante|rame|plantent|rament|lag|lague|saccade|saccadee?|gresille|grille)\b",
    r"(?:page|se) (?:s est|est|se) (?:rechargee?|recharge|ferme|fermee?|coupe|coupee?|fige|deconnecte)"
    r"(?: (?:toute?|toute) seule?)?\b",
    r"se (?:ferme|coupe|deconnecte|fige|recharge)(?:nt)?\b",
    r"deconnectee?s?\b",
    rf"{_TOOL}s?(?: (?!mais )\w+){{0,4}} "
    r"(?:coupee?|lente?|en panne|rendu l ame|hs|cassee?|inaccessibles?|indisponibles?|bloquee?|plus rien|figee?s?"
    r"|fige"
    r"|illisibles?|corrompue?|introuvables?|down|en maintenance|morte?|muette?|noire?|hors service|inutilisables?)\b",
    r"(?:entend|entends|voit|vois) (?:plus |pas |absolument )?(?:rien|pas|plus) (?:en visio|dans la visio|sur zoom"
    r"|le son"
    r"|l ecran|le partage|la video|le formateur)\b",
    r"(?:pas|plus|aucun) (?:de |d )?(?:son|reseau|connexion|internet|wifi|acces|image)\b(?: $| ,| (?:sur|dans|a|au"
    r"|en|depuis))",
    r"(?:probleme|soucis?|difficultes?) (?:technique|informatique|de connexion|d acces|d affichage|de son"
    r"|avec (?:le site|la"
    r" plateforme|la video|mon (?:ordinateur|compte|micro|pc)|zoom|teams|moodle))",
    r"(?:acces|connexion|compte) (?:\w+ )?(?:refusee?|impossible|bloquee?|interdite?|expiree?|desactivee?)\b",
    r"(?:ordinateur|pc|mac|tablette|box) (?:\w+ ){0,3}(?:lache|mort|grille|planter|en rade|rendu)\b",
    r"s est (?:fermee?|coupee?|bloquee?|figee?|deconnectee?|plantee?) (?:avant|en plein|tout|pendant|d un coup"
    r"|au milieu|sans)\b",
    r"tourne dans le vide\b",
    r"refuse (?:ma|mon|mes|le|la) (?:signature|connexion|fichier|code|mot de passe|devoir|depot|piece|photo)\b",
    r"(?:ejectee?s?|ejecter)\b",
    r"(?:a|est) (?:tout )?(?:plante|crashe|bugge)\b",
)
"""The author says that a tool, a site or a device does not work; their own exercise's code is another matter."""
TROUBLE_DENIED = (
    r"(?:marche|fonctionne) pas (?:toujours |forcement )?(?:du premier coup|a tous les coups)\b",
    r"ca (?:ne )?(?:marche|fonctionne) pas (?:toujours|forcement|comme ca)\b",
    r"(?:pas|plus|aucun|sans) (?:de |d |un |eu de |eu d |eu )?(?:bugs?|erreurs?|problemes?(?: technique)?"
    r"|deconnexion)\b",
    rf"{_MINE}(?: \w+)? (?:ne |n )?(?:\w+ )?(?:marche|fonctionne|s affiche|plante|bugge?|passe|s ouvre)(?: (?:pas"
    r"|plus))?\b",
    r"(?:bugs?|erreur|probleme|souci)(?: \w+){0,3} (?:est |a ete |sont )?(?:corrige|resolu|regle|repare"
    r"|disparu)(?:e?s?)?\b",
    r"(?:corrige|resolu|regle|repare|trouve|resoudre|corriger|chasser) (?:\w+ ){0,2}(?:bugs?|erreurs?|probleme)\b",
    r"(?:ca|qui|elle|il|tu|on|le temps|je) (?:ne |n )?(?:se |me |te )?passe (?:pas|plus)\b",
)
TROUBLE_CANCELLED = (
    r"(?:remarche|refonctionne|c est (?:regle|resolu|repare|corrige|revenu)|tout est rentre dans l ordre"
    r"|(?:ca|tout|il|elle|qui) (?:\w+ )?(?:marche|fonctionne) (?:maintenant|a nouveau|de nouveau|enfin|desormais))\b",
)
THANKS = (r"(?:mercis?|remercie\w*|remerciements|gratitude|merciavance)\b",)
POLITE = (
    r"(?:bonjour|bonsoir|salut|hello|coucou|rebonjour|svp|cordialement|amicalement|bienvenue|enchantee?"
    r"|merciavance)\b",
    r"(?:s il (?:te|vous) plait|bien a vous|au plaisir|a bientot|par avance|je vous prie|veuillez|a vous lire"
    r"|sincerement"
    r"|bonne continuation|bonne reprise|bonne fin de (?:journee|semaine)|bonnes? (?:vacances|fetes|nuit|annee)"
    r"|bonne (?:journee|soiree|apres midi|lecture|semaine a)|bon (?:week end|weekend|we|courage|apres midi|dimanche"
    r"|samedi)"
    r"|desolee? (?:du|de|pour|d|si)|excus(?:ez|e) moi|pardon|toutes mes excuses|mes excuses"
    r"|sauf erreur de ma part)\b",
    r"(?:pourriez|auriez|pourrais|aurais|seriez) (?:vous|tu)\b",
    r"merci de (?:bien vouloir |me |m |nous |ne pas |vous |le |la |les )*\w+(?:er|ir|re)\b",
    r"(?:serait il|vous serait il) possible\b",
)
_HELLO = (
    r"(?:(?:bonjour|bonsoir|salut|hello|coucou|rebonjour|re)(?: (?:a (?:tous|toutes|vous"
    r"|tout le monde)(?: et a toutes)?"
    r"|tout le monde|la team|les gens|le groupe|madame|monsieur|\w+))? )?"
)
_SO = (
    r"(?:(?:donc|et|mais|alors|du coup|sinon|ok|oui|non|petite question|question bete|question|autre question"
    r"|au fait|par contre"
    r"|dites(?: moi)?|dis(?: moi)?|svp|desolee?|pardon|bref|euh|heu|hum|la|ben|bah|excusez moi|encore une question"
    r"|question pour \w+|juste) ){0,3}"
)
_INVERTED = (
    r"(?:(?:peut|doit|faut|est|a|sait|va|faudra|pourra|devra|aura|sera|y a|fait|rend)(?: t)? (?:on|il|elle|ce)"
    r"|(?:puis|dois|ai|suis|vais|pourrais|devrais) je|(?:pouvez|pourriez|savez|avez|auriez|etes|devez|allez|faites"
    r"|avons"
    r"|sommes|devons|pensez|connaissez|utilisez|voyez|seriez) (?:vous|nous)|(?:peux|pourrais|sais|as|aurais|es|vas"
    r"|fais"
    r"|connais|crois|penses|utilises) tu)"
)
ASKS_FIRST = (
    rf"{_HELLO}{_SO}(?:est ce qu\w*|qu est ce|est ce|pourquoi|comment|combien|ou (?:se|est|sont|puis|peut|trouve\w*"
    r"|en|faut|je"
    r"|doit|on)|quel|quelle|quels|quelles|lequel|laquelle|qui (?:peut|sait|a|pourrait|aurait|est|serait|veut|vient"
    r"|connait)"
    r"|a (?:quoi|qui|quelle|quel|combien)|de quoi|avec quoi|par ou|d ou|pour quand|c est (?:quoi|ou|quand|qui|quel"
    r"|quelle"
    r"|combien|possible)|ca (?:veut dire|sert a) quoi|quand (?:est|a lieu|sera|commence|doit|ouvre|ferme|faut|aura"
    r"|aurons"
    rf"|rend|a t)|{_INVERTED}|y a t il|(?:il )?y a (?:t il )?(?:un )?moyen)\b",
    rf"{_HELLO}{_SO}(?:quelqu un a )?(?:une|des|un|besoin d) (?:petite )?(?:idees?|solutions?|pistes?|explications?"
    r"|conseils?"
    r"|avis|astuces?|aide|coup de main|retour)(?: (?:pour|sur|de|d|a)| $| svp)",
    rf"{_HELLO}{_SO}(?:vous|tu|on|ils|nous) (?:\w+ ){{1,3}}(?:comment|quoi|ou|quand|combien|quel|quelle)\b",
    rf"{_HELLO}{_SO}(?:vous|tu) (?:savez|sais|sauriez|saurais|auriez|aurais) (?:si|ou|comment|quand|pourquoi|quel"
    r"|quelle|ce"
    r"|me|un|une|des|la|le)\b",
    rf"{_HELLO}{_SO}(?:(?:il )?faut (?!pas )|on peut |on doit )(?:\w+ ){{1,8}}ou (?!sinon |bien )",
    rf"{_HELLO}{_SO}(?:vous confirmez|tu confirmes|vous pouvez me|tu peux me|on peut savoir)\b",
)
"""How a sentence that asks begins."""
ASKS = (
    r"(?<! si )(?<! bien que )(?<! quand )quelqu un (?:(?:d autre )?(?:peut|pourrait|sait|saurait|connait"
    r"|comprend\w*|arrive)"
    r"|(?:d autre )?(?:a|aurait|aura) (?:deja |encore |bien |pu )?(?:une?|des|le|la|les|l|reussi|compris|trouve"
    r"|essaye|teste|recu)"
    r"|est (?:disponible|dispo|partant|chaud|interesse|dans le meme|la))\b",
    r"(?:j aimerais|je voudrais|je cherche a|j aurais aime|on aimerait|je souhaiterais|j aurais voulu) "
    r"(?:bien )?(?:savoir|comprendre|connaitre)\b",
    r"(?:je me demande|me demandais|je cherche|j hesite sur|pas compris|comprends pas|sais pas) (?:comment|quand"
    r"|combien|quel|quelle"
    r"|lequel)\b(?= .{0,200}\b(?:svp|merciavance|aide|merci) )",
    r"(?:je me demande|je me demandais|je cherche) (?:comment|ou|quand|combien|quel|quelle|lequel|si (?:on|il|elle|c"
    r"|le|la|les|l|un|une"
    r"|quelqu|vous))\b",
    r"(?:j ai|j aurais|j avais|petite|une petite|juste une|encore une|toujours) (?:une |la meme )?question\b",
    r"(?:pouvez|pourriez|sauriez|auriez) vous\b",
    r"(?:peux|pourrais|saurais|aurais) tu\b",
    r"(?:qui|quelqu un) (?:pour|peut) (?:m|me|nous) (?:aider|expliquer|depanner)",
    r"(?:dites|dis) moi (?:si|comment|ou|quand|quel|quelle|ce que)\b",
    r"(?:savoir|preciser|confirmer|indiquer) (?:si|ou|quand|comment|quel|quelle) .{0,200}\b(?:svp|merciavance) ",
)
"""What makes a sentence ask, wherever it stands."""
ASKS_LAST = (
    r"(?<! importe )(?<! pas )(?<! sais )(?<! de )(?<! n )(?<! je ne sais )(?:quoi|comment|quand|ou ca|combien"
    r"|pourquoi)"
    r"(?: (?:svp|merci|exactement|au juste|merciavance|deja|au fait)){0,3} $",
)
"""How a sentence that asks ends."""
NOT_ASKING = (
    r"(?:c est une blague|et puis quoi encore|pourquoi pas|comment dire|tu sais quoi|vous savez quoi|devinez quoi"
    r"|ca vous etonne|qui l eut cru|que demander de plus|a quoi bon|n est ce pas|on se moque de (?:nous|qui)|hein"
    r"|voici comment"
    r"|quoi de neuf|quoi qu il|vous vous moquez|serieusement|serieux|mais bien sur|comment vous remercier"
    r"|comment te remercier)\b",
)
"""What wears a question mark and asks nothing."""
GIVING_UP = (r"(?:abandonn\w*|lach\w*|laiss\w* (?:tout )?tomber|eponge|plaquer?|baiss\w* les bras|autant arreter)\b",)
"""Ways of leaving that weigh as a bad word; "arrêter" and "quitter" tell a decision and weigh nothing."""
BARE_THANKS = (
    r"(?:un grand |mille )?merci(?: (?:beaucoup|bien|a (?:tous|toutes|vous|toi)|d avance|infiniment"
    r"|cordialement))* $",
    r"merciavance $",
)
"""Thanks that end a request and weigh nothing."""
